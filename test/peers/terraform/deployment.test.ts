/** What the stacks make, made: planned, applied, scaled in by the webhook and removed, in an AWS that somebody else emulates. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteNetworkInterfaceCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { inspectTable } from '../../../webhook/adapters/dynamodb/inspect-table';
import { preflightRegion } from '../../../webhook/preflight/preflight-region';
import { hostRoot, SCRIPT } from '../../stacks/support/host-files';
import { deployedService, parametersBelow } from './deployed-service';
import { PEER, Terraform } from './terraform';

const REGION = 'eu-central-1';
const CLUSTER = 'shop';
const STACK = {
  cluster: CLUSTER,
  region: REGION,
  zones: ['eu-central-1a', 'eu-central-1b'],
  pools: {
    workers: {
      min: 2,
      max: 4,
      instanceTypes: ['m6i.large', 'm6a.large'],
      labels: { team: 'shop' },
      taints: [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }],
      // Longer than a parameter that costs nothing, and with what Terraform would take for its own.
      policy: { requestRate: { query: `sum(up) %{x="\${y}"} < ${'1'.repeat(4000)}` } },
    },
  },
  tags: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`tag-${i}`, 'x'])),
  deletionProtection: false,
};
const { labels, taints, policy } = STACK.pools.workers;
const AS_WRITTEN = { node: { labels, taints }, requestRate: policy.requestRate };
const place = { endpoint: PEER ?? '', region: REGION };
const PATIENCE_MS = 30_000;

/**
 * What a second plan would change, though nothing has: moto forgets the descriptions of rules, and takes the tags of a launch
 * template for those of machines; its version is in a parameter, its ARN in a policy. Tags of a table come ten a page, of
 * which the provider reads one.
 */
const FORGOTTEN_BY_MOTO = [
  'update aws_dynamodb_table',
  'update aws_iam_role_policy',
  'update aws_launch_template',
  'update aws_ssm_parameter',
  'update aws_vpc_security_group_ingress_rule',
];

const folders: string[] = [];
const outdir = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'smartscale-terraform-')));
  return folders.at(-1) ?? '';
};
afterAll(() => {
  for (const it of folders) rmSync(it, { recursive: true });
});

const withPeer = PEER === undefined ? describe.skip : describe;
jest.setTimeout(540_000);

withPeer('the stack, with Terraform', () => {
  test.each<[what: string, changes: object]>([
    [
      'a NAT instance, flow logs and mail',
      { network: { nat: 'nat-instance', flowLogs: true }, alarms: { email: 'ops@example.com' } },
    ],
    [
      'public subnets and two pools',
      {
        network: { nat: 'public-subnets' },
        pools: { a: STACK.pools.workers, b: { ...STACK.pools.workers, capacity: 'spot' } },
        volumeKey: `arn:aws:kms:${REGION}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
      },
    ],
    [
      'a VPC that is there',
      { zones: undefined, network: { existing: { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'] } } },
    ],
  ])('is valid with %s', async (_what, changes) => {
    const terraform = await Terraform.of(
      outdir(),
      JSON.parse(JSON.stringify({ ...STACK, ...changes })) as object,
      hostRoot(),
    );
    expect(await terraform.must('validate', '-no-color')).toContain('The configuration is valid');
  });

  test.each<[what: string, changes: object, told: RegExp]>([
    [
      'a zone that the region does not have',
      { zones: ['eu-central-1a', 'eu-central-1z'] },
      /context\.smartscale\.zones: must be at least two zones of the\s+region; it has eu-central-1a, eu-central-1b, eu-central-1c/,
    ],
    [
      'an image of another architecture',
      { server: { image: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' } },
      /context\.smartscale\.server\.image: must be an image of architecture\s+arm64/,
    ],
    ['a region that is none', { region: 'eu-middle-9', zones: ['eu-middle-9a', 'eu-middle-9b'] }, /eu-middle-9/],
    ['a type that the region does not have', { pools: { workers: { instanceTypes: ['m99.large'] } } }, /m99\.large/],
  ])('%s stops the plan', async (_what, changes, told) => {
    const terraform = await Terraform.of(outdir(), { ...STACK, ...changes }, hostRoot());
    const { code, said } = await terraform.run('plan', '-no-color', '-input=false');
    expect(code).toBe(1);
    expect(said.replaceAll(/[│╷╵]/g, '').replaceAll(/\s+/g, ' ')).toMatch(told);
  });

  test('is made, scaled by the webhook with what it wrote down, and removed without a rest', async () => {
    const terraform = await Terraform.of(outdir(), STACK, hostRoot());
    expect(trimmed(await terraform.must('providers schema', '-json'))).toEqual(JSON.parse(fixture()));
    await terraform.must('plan', '-no-color', '-input=false', '-out=plan');
    await terraform.must('apply', '-no-color', '-input=false', 'plan');
    expect(await changedAgain(terraform)).toEqual(FORGOTTEN_BY_MOTO);

    const deployed = await deployedService(CLUSTER, place);
    const { client, config, service, ec2, kubernetes, preflight, dynamo, table } = deployed;
    expect(await inspectTable(dynamo, { name: table, ...place })).toEqual({ faults: [], unknown: [] });
    const pools = config.clusters[CLUSTER]?.pools ?? {};
    expect(pools['workers']).toMatchObject(AS_WRITTEN);
    const findings = await preflightRegion(CLUSTER, pools, { ec2, preflight });
    expect(findings.filter(({ severity }) => severity === 'problem')).toEqual([]);
    const { id = '', version = '' } = pools['workers']?.launch.template ?? {};
    await hasUserData(client, id, version);

    service.start();
    const launched = await eventually(async () => {
      const found = await ec2.listInstances(CLUSTER);
      return found.length === 2 ? found : null;
    });
    const made = pools['workers']?.launch.subnets.map(({ zone }) => zone);
    for (const it of launched) {
      expect(made).toContain(it.zone);
      expect(it.tags).toMatchObject({ 'smartscale:pool': 'workers', application: 'smartscale', component: 'workers' });
      kubernetes.addNode({ name: it.id, instanceId: it.id });
    }
    const key = { cluster: CLUSTER, pool: 'workers' };
    const rows = await eventually(async () => {
      const history = await deployed.store.readHistory(key, { limit: 10 });
      return history.find(({ kind }) => kind === 'operation') ?? null;
    });
    expect(rows.data).toMatchObject({ phase: 'done', trigger: { alert: 'below-minimum' } });
    await service.stop();

    await ec2.terminate(launched.map((it) => it.id));
    await destroyed(terraform, client);
    expect((await terraform.must('state list')).trim()).toBe('');
    expect(await alive(client)).toEqual([]);
    const { Vpcs = [] } = await client.send(new DescribeVpcsCommand({}));
    expect(Vpcs.filter(({ IsDefault }) => !IsDefault)).toEqual([]);
    expect((await dynamo.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    expect([...(await parametersBelow(`/smartscale/${CLUSTER}`, place)).keys()]).toEqual([]);
    client.destroy();
    dynamo.destroy();
  });
});

type Client = Awaited<ReturnType<typeof deployedService>>['client'];

async function changedAgain(terraform: Terraform): Promise<readonly string[]> {
  await terraform.must('plan', '-no-color', '-input=false', '-out=again');
  const { resource_changes: changes } = JSON.parse(await terraform.must('show', '-json', 'again')) as {
    readonly resource_changes: readonly { type: string; mode: string; change: { actions: readonly string[] } }[];
  };
  const made = changes.filter(({ mode, change }) => mode === 'managed' && change.actions.join() !== 'no-op');
  return [...new Set(made.map(({ type, change }) => `${change.actions.join()} ${type}`))].toSorted();
}

/** The script that a machine gets is the one of the repository, settings aside. */
async function hasUserData(client: Client, id: string, version: string): Promise<void> {
  const input = { LaunchTemplateId: id, Versions: [version] };
  const { LaunchTemplateVersions = [] } = await client.send(new DescribeLaunchTemplateVersionsCommand(input));
  const script = Buffer.from(LaunchTemplateVersions[0]?.LaunchTemplateData?.UserData ?? '', 'base64').toString();
  expect(script.replaceAll(/^export .*\n/gm, '')).toBe(SCRIPT);
  expect(script).toContain(`export SMARTSCALE_REGION='${REGION}'\n`);
  expect(script).not.toContain('aws_s3_bucket');
}

/** moto leaves the interface of an ended machine attached, which keeps Terraform from removing it. */
async function destroyed(terraform: Terraform, client: Client): Promise<void> {
  const { code, said } = await terraform.run('destroy', '-no-color', '-input=false', '-auto-approve');
  if (code === 0) return;
  const [error = '', ...others] = said.split('\n').filter((line) => line.includes('Error: '));
  expect([error, others]).toEqual([expect.stringContaining('Error: detaching EC2 Network Interface'), []]);
  const Filters = [{ Name: 'tag:Name', Values: [`smartscale-${CLUSTER}-server`] }];
  const { NetworkInterfaces = [] } = await client.send(new DescribeNetworkInterfacesCommand({ Filters }));
  for (const { NetworkInterfaceId } of NetworkInterfaces) {
    await client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
  }
  const [card = ''] = (await terraform.must('state list'))
    .split('\n')
    .filter((it) => it.startsWith('aws_network_interface.'));
  await terraform.must('state rm', card);
  await terraform.must('destroy', '-no-color', '-input=false', '-auto-approve');
}

async function alive(client: Client): Promise<readonly (string | undefined)[]> {
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({}));
  const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
  return instances.filter(({ State }) => State?.Name !== 'terminated').map(({ InstanceId }) => InstanceId);
}

function fixture(): string {
  return readFileSync(join(__dirname, '../../fixtures/terraform/aws-5.100.0.json'), 'utf8');
}

function trimmed(schema: string): unknown {
  const program = join(__dirname, '..', 'trimmed-schema.mjs');
  return JSON.parse(execFileSync(process.execPath, [program], { input: schema, encoding: 'utf8' }));
}

/** Polls another process: it tells nobody when it is so far. */
async function eventually<T>(look: () => Promise<T | null>): Promise<T> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUpAt) {
    const found = await look();
    if (found !== null) return found;
    await sleep(200);
  }
  throw new Error(`not within ${PATIENCE_MS} ms`);
}
