import { TAGS } from '../../webhook/model/names';
import { SmartScaleError } from '../../webhook/errors';
import { unschedulablePods } from './support/alerts';
import { ZONES } from './support/cluster';
import { givenACluster, type Scene } from './support/scene';

const ZONE = 'topology.kubernetes.io/zone';
const [A = '', , C = ''] = ZONES;
const ELSEWHERE = 'eu-central-1z';

/** The alert about waiting pods fires, and its decision is looked at. */
async function answerOf(scene: Scene, nodes = 3) {
  await scene.passes('20s');
  const answer = await scene.alertmanager.fires(unschedulablePods({ nodes }));
  return answer?.body.decisions?.[0];
}

const requires = (zone: string) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In' as const, values: [zone] }] }],
    },
  },
});
const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];

test('a pod that asks for more than a node offers is named, with both numbers', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.runs('giant', 1, { cpu: '7' });
  expect(await answerOf(scene)).toMatchObject({
    reason: 'pending-pods-do-not-fit',
    detail: expect.stringMatching(/pod default\/giant-\S+ asks for 7 CPU, a new node offers 1\.95/) as string,
  });
  await scene.passes('5m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test.each([
  [
    'nodeSelector',
    { nodeSelector: { 'smartscale/pool': 'workers', [ZONE]: ELSEWHERE } },
    /selects eu-central-1z, the pool/,
  ],
  ['node affinity', { affinity: requires(ELSEWHERE) }, /requires a node in eu-central-1z, the pool has subnets in/],
  ['volume', { volumes }, /has its volume data in eu-central-1z, the pool has subnets in/],
])('a zone outside the pool by %s is no reason to buy', async (_by, pod, detail) => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.hasVolume('data', ELSEWHERE);
  scene.cluster.runs('db', 1, { cpu: '100m', ...pod });
  const decision = await answerOf(scene);
  expect(decision).toMatchObject({
    reason: 'pending-pods-do-not-fit',
    detail: expect.stringMatching(detail) as string,
  });
  await scene.passes('5m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test.each([
  ['nodeSelector', { nodeSelector: { 'smartscale/pool': 'workers', [ZONE]: C } }],
  ['node affinity', { affinity: requires(C) }],
  ['volume', { volumes }],
])('a zone of the pool by %s pins the launch to it', async (_by, pod) => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.hasVolume('data', C);
  scene.cluster.runs('db', 1, { cpu: '100m', ...pod });
  const detail = expect.stringMatching(new RegExp(`launches 1 in ${C}, where pod default/db-\\S+ has to be`)) as string;
  expect(await answerOf(scene)).toMatchObject({ outcome: 'scale-up', detail });
  await scene.eventually('the operation is closed', async () => (await scene.history('operation')).length === 1, '5m');
  expect(await scene.history('operation')).toMatchObject([{ zones: [C] }]);
  const launched = scene.cluster.ec2.instances.filter(({ tags }) => TAGS.operation in tags);
  expect(launched.map(({ zone }) => zone)).toEqual([C]);
  const accepted = (await scene.history('decision')).filter(({ outcome }) => outcome === 'scale-up');
  expect(accepted).toMatchObject([{ zones: [C] }]);
});

test('no more nodes are bought than there are pods that they help', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.runs('giant', 3, { cpu: '7' });
  scene.cluster.runs('shop', 3, { cpu: '1900m' });
  expect(await answerOf(scene, 6)).toMatchObject({ outcome: 'scale-up' });
  expect(await scene.history('decision')).toContainEqual(
    expect.objectContaining({ launch: 1, limitedBy: ['waiting-pods'], want: 6 }),
  );
  await scene.passes('1m');
  expect(scene.cluster.fleets()).toEqual([1]);
});

test('claims that may not be read are told, and pods are judged by everything else', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const forbidden = new SmartScaleError('kubernetes-forbidden', 'list persistent volumes: 403');
  scene.cluster.kubernetes.troubles.set('list claims', forbidden);
  scene.cluster.hasVolume('data', ELSEWHERE);
  scene.cluster.runs('db', 1, { cpu: '100m', volumes });
  scene.cluster.runs('web', 1, { cpu: '100m', nodeSelector: { 'smartscale/pool': 'workers', [ZONE]: ELSEWHERE } });
  expect(await answerOf(scene)).toMatchObject({ outcome: 'scale-up' });
  const { body } = await scene.replica.get('/readyz');
  expect(body).toMatchObject({ degraded: [{ part: 'kubernetes', code: 'kubernetes-forbidden' }] });
});

test('claims are read only while a waiting pod uses one', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.hasVolume('data', A);
  scene.cluster.runs('giant', 1, { cpu: '7' });
  await scene.passes('2m');
  const asked = () => scene.cluster.kubernetes.asked.filter(({ call }) => call === 'list claims').length;
  expect(asked()).toBe(0);
  scene.cluster.runs('db', 1, { cpu: '7', volumes });
  await scene.passes('1m');
  expect(asked()).toBeGreaterThan(0);
});
