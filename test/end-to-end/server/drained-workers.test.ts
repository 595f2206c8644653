import { findBinaries } from '../../../simulator/monitoring/binaries';
import { evict } from '../../../simulator/kubernetes/eviction';
import type { KubePod } from '../../../simulator/kubernetes/objects';
import { eventually } from '../support/eventually';
import { OPENING, Scene } from '../support/scene';
import { PODS_A_NODE, shop } from '../support/shop';
import { openServerStage, type ServerStage } from './server-stage';

const WORKERS = 2;
const MONITORING = ['alertmanager', 'kube-state-metrics', 'prometheus'];

let stage: ServerStage;
let scene: Scene;

beforeAll(async () => {
  const binaries = await findBinaries();
  stage = await openServerStage({ binaries });
  scene = Scene.on(stage, binaries);
  scene.world.cluster.createK3sAddons();
  await scene.comesToRestWith(WORKERS);
}, OPENING);

afterAll(() => stage?.stop());

/** All of the monitoring, each pod on the server and running, its process too. */
async function onTheServer(except: readonly string[] = []): Promise<readonly string[]> {
  const placed = await eventually('the monitoring on the server', () => {
    const pods = stage.kubelet.placed();
    expect(pods.map(({ name, runs, onServer }) => ({ name, runs, onServer }))).toEqual(
      MONITORING.map((name) => ({ name, runs: true, onServer: true })),
    );
    return pods.every(({ uid }) => !except.includes(uid)) && pods;
  });
  await stage.kubelet.settled();
  return placed.map(({ uid }) => uid);
}

const isOf = (kind: string, { metadata }: KubePod) => metadata.ownerReferences?.[0]?.kind === kind;
const podsOn = (node: string) => scene.world.cluster.podsOfNode(node).filter((pod) => !isOf('DaemonSet', pod));
const shopPods = () => scene.world.cluster.pods().filter(({ metadata }) => metadata.labels?.['app'] === 'shop');

it('made anew beside empty workers, all that scaling depends on comes back to the server', async () => {
  const before = await onTheServer();
  for (const { metadata } of scene.world.cluster.pods()) {
    if (!before.includes(metadata.uid)) continue;
    const { name, namespace = '' } = metadata;
    scene.world.perform({ kind: 'delete-pod', namespace, name });
  }
  await onTheServer(before);
}, 60_000);

it('a drain of every worker takes nothing of it, and an alert that comes of the drain buys new ones', async () => {
  scene.world.play(shop({ pods: WORKERS * PODS_A_NODE }));
  await eventually('a shop that runs', () => {
    const running = shopPods().filter(({ status }) => status.phase === 'Running');
    return running.length === WORKERS * PODS_A_NODE;
  });
  const before = await onTheServer();
  const drained = scene.nodes().map(({ metadata }) => metadata.name);
  expect(drained).toHaveLength(WORKERS);
  for (const node of drained) drain(node);
  const drainedAt = Date.now();
  await eventually('workers without a pod', () => drained.every((node) => podsOn(node).length === 0));
  expect(await onTheServer()).toEqual(before);

  await eventually('the shop on new nodes', () => {
    const places = shopPods().map(({ spec, status }) => status.phase === 'Running' && spec.nodeName);
    return places.every((node) => node && !drained.includes(node));
  });
  await eventually('a launch that is done', async () => {
    const [launch] = await scene.closedOperations();
    expect(launch).toMatchObject({ phase: 'done', planned: WORKERS, trigger: { alert: 'UnschedulablePods' } });
    expect(launch?.acceptedAt).toBeGreaterThan(drainedAt);
    return true;
  });
  expect(scene.launched).toHaveLength(2 * WORKERS);
  expect(await onTheServer()).toEqual(before);
}, 90_000);

/** What `kubectl drain --ignore-daemonsets --delete-emptydir-data` asks for, whatever it is. */
function drain(node: string): void {
  scene.world.perform({ kind: 'cordon', node });
  for (const { metadata } of podsOn(node)) {
    evict(scene.world.cluster.world, { name: metadata.name, namespace: metadata.namespace ?? '' });
  }
}
