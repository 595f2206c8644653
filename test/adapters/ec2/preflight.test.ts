import { dryRunOf } from '../../../simulator/ec2/request-gate';
import { Ec2Cloud } from '../../../simulator/ec2/ec2-cloud';
import { startEc2Server } from '../../../simulator/ec2/http/server';
import type { LoopbackServer } from '../../../simulator/loopback-server';
import { makeEc2Client } from '../../../webhook/adapters/ec2/ec2-client';
import { PreflightAdapter } from '../../../webhook/adapters/ec2/preflight';
import { makeQuotasClient } from '../../../webhook/adapters/ec2/quotas';
import { TAGS } from '../../../webhook/model/names';
import { aRequest } from '../../contracts/ec2-contract';
import { ScriptedServer } from '../scripted-server';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function adapterTo(endpoint: string): PreflightAdapter {
  const credentials = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };
  const options = { region: 'eu-central-1', endpoint, credentials };
  const [ec2, quotas] = [makeEc2Client(options), makeQuotasClient(options)];
  closing.push(
    () => ec2.destroy(),
    () => quotas.destroy(),
  );
  return new PreflightAdapter(ec2, quotas);
}

async function startCloud(): Promise<{ readonly cloud: Ec2Cloud; readonly server: LoopbackServer }> {
  const cloud = new Ec2Cloud({ clock: Date });
  const server = await startEc2Server(cloud);
  closing.push(() => server.close());
  return { cloud, server };
}

test('a throttled question is asked again by the SDK', async () => {
  const { cloud, server } = await startCloud();
  cloud.gate.failNext('DescribeSubnets', 'RequestLimitExceeded', { times: 2 });
  cloud.gate.failNext('GetServiceQuota', 'TooManyRequestsException', { status: 429 });
  const adapter = adapterTo(server.url);
  const [subnet] = cloud.catalogue.subnets;
  expect(await adapter.subnets([subnet?.id ?? ''])).toMatchObject([{ zone: subnet?.zone }]);
  expect((await adapter.quotas()).spot).toBe(1_000_000);
  expect(cloud.gate.requests.map(({ action }) => action)).toEqual([
    ...Array<string>(3).fill('DescribeSubnets'),
    ...Array<string>(3).fill('GetServiceQuota'),
  ]);
});

test('a dry run asks for what a launch asks for: template, place, capacity and our tags, on which a policy may insist', async () => {
  const { cloud, server } = await startCloud();
  const adapter = adapterTo(server.url);
  const request = aRequest({ cloud }, { capacity: 'spot', types: ['m6i.large', 'm6a.large'] });
  await adapter.tryFleet(request);
  await adapter.tryInstance(request);
  const [fleet, instance] = cloud.gate.requests;
  expect(fleet?.action).toBe(dryRunOf('CreateFleet'));
  expect(fleet?.params).toMatchObject({
    DryRun: 'true',
    Type: 'instant',
    'LaunchTemplateConfigs.1.Overrides.2.InstanceType': 'm6a.large',
    'TargetCapacitySpecification.DefaultTargetCapacityType': 'spot',
  });
  expect(instance?.action).toBe(dryRunOf('RunInstances'));
  expect(instance?.params).toMatchObject({
    DryRun: 'true',
    'LaunchTemplate.LaunchTemplateId': request.template.id,
    'LaunchTemplate.Version': request.template.version,
    InstanceType: 'm6i.large',
    SubnetId: request.overrides[0]?.subnetId,
    'InstanceMarketOptions.MarketType': 'spot',
    'TagSpecification.1.ResourceType': 'instance',
    'TagSpecification.1.Tag.1.Key': TAGS.cluster,
    'TagSpecification.2.ResourceType': 'volume',
  });
});

test.each<[string, (adapter: PreflightAdapter) => Promise<unknown>]>([
  ['subnets', (adapter) => adapter.subnets(['subnet-1'])],
  ['offerings', (adapter) => adapter.offerings(['m6i.large'])],
  ['types', (adapter) => adapter.instanceTypes(['m6i.large'])],
  ['images', (adapter) => adapter.architectures(['ami-1'])],
  ['a template', (adapter) => adapter.templateVersion({ id: 'lt-1', version: '1' })],
  ['quotas', (adapter) => adapter.quotas()],
  ['a dry run', (adapter) => adapter.tryTerminate('i-1')],
])('a page of somebody else is no answer about %s', async (_what, ask) => {
  const stranger = await ScriptedServer.start();
  closing.push(() => stranger.stop());
  for (let i = 0; i < 4; i += 1) stranger.willAnswer({ status: 200, body: '' });
  await expect(ask(adapterTo(stranger.url))).rejects.toMatchObject({ name: 'SmartScaleError' });
});
