import { DEFAULT_TEMPLATE_ID } from '../../simulator/ec2/settings';
import { webhookConfig } from '../../simulator/stage/webhook-config';
import { parse } from 'yaml';
import { highCpu } from './support/alerts';
import { givenACluster } from './support/scene';

/** The launch of the pools of a scenario, with another template. */
function launchOf(template: { readonly id: string; readonly version: string }): object {
  const nowhere = {
    cluster: 'shop',
    port: 0,
    replica: 'one',
    timeScale: 1,
    ec2Url: 'http://ec2.invalid',
    kubernetesUrl: 'http://kubernetes.invalid',
    alertmanagerUrls: [],
    store: { endpoint: 'http://store.invalid', tableName: 'smartscale' },
  };
  type File = {
    readonly clusters: { readonly shop: { readonly pools: { readonly workers: { readonly launch: object } } } };
  };
  const { clusters } = parse(webhookConfig(nowhere, { workers: {} })) as File;
  return { ...clusters.shop.pools.workers.launch, template };
}

const METRIC = 'smartscale_preflight_findings';

test('a pool whose template is missing is told of, and stops no other pool', async () => {
  const broken = launchOf({ id: DEFAULT_TEMPLATE_ID, version: '9' });
  const scene = await givenACluster({ withPreflight: true, pools: { batch: { min: 0, launch: broken } } });
  await scene.passes('1s');
  const { status, body } = await scene.replica.get('/readyz');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'degraded',
    degraded: [
      {
        cluster: 'shop',
        part: 'preflight of batch',
        code: 'preflight-problem',
        retryable: false,
        message: expect.stringMatching(
          /^template-version-missing \(clusters\.shop\.pools\.batch\.launch\.temp/,
        ) as string,
        advice: expect.stringContaining('launch.template.version') as string,
      },
    ],
  });
  const labels = { cluster: 'shop', pool: 'batch', severity: 'problem', code: 'template-version-missing' };
  expect(await scene.metric(METRIC, labels)).toBe(1);
  expect(await scene.metric(METRIC, { pool: 'workers' })).toBe(0);
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  expect(scene.replica.logged('preflight found something')).toHaveLength(1);
});

test('a permission that is given back is noticed within ten minutes', async () => {
  const scene = await givenACluster({ withPreflight: true, started: false });
  const { gate } = scene.cluster.world.cloud;
  gate.deny('RunInstances');
  await scene.restart();
  await scene.passes('1s');
  expect((await scene.replica.get('/readyz')).body).toMatchObject({
    degraded: [{ part: 'preflight of workers', message: expect.stringContaining('launch-forbidden') as string }],
  });
  gate.deny('RunInstances', false);
  await scene.passes('10m');
  expect((await scene.replica.get('/readyz')).body).toEqual({ status: 'ready', degraded: [] });
  expect(await scene.metric(METRIC)).toBe(0);
  expect(scene.replica.logged('preflight finds it no more')).toHaveLength(1);
});

test('EC2 that does not answer delays nothing and is told once, by whoever needs it', async () => {
  const scene = await givenACluster({ withPreflight: true, started: false });
  scene.cluster.ec2.makeUnreachable();
  await scene.restart();
  await scene.passes('20s');
  const { degraded } = (await scene.replica.get('/readyz')).body as { readonly degraded: readonly { code: string }[] };
  expect(degraded.map(({ code }) => code)).toEqual(['ec2-unreachable']);
  scene.cluster.ec2.makeUnreachable(false);
  await scene.passes('61s');
  expect((await scene.replica.get('/readyz')).body).toEqual({ status: 'ready', degraded: [] });
});
