import type { ScaleDown } from '../../../webhook/model/operation';
import { idle } from './alerts';
import { givenACluster, type Row, type Scene, type SceneOptions } from './scene';

type Pod = NonNullable<Parameters<Scene['cluster']['runs']>[2]>;

/** Takes longer to leave than anything else in these scenarios. */
export const SLOW = { cpu: '300m', stopSeconds: 25 };

export async function drains(scene: Scene): Promise<readonly ScaleDown[]> {
  const operations = Object.values((await scene.state()).operations);
  return operations.filter((it): it is ScaleDown => it.kind === 'scale-down');
}

export async function drainOf(scene: Scene): Promise<ScaleDown> {
  const [drain] = await drains(scene);
  if (!drain) throw new Error('no drain is open');
  return drain;
}

/** Three nodes with a pod of the shop each, of which Idle gives one back; time stands when its drain is so far. */
export async function givenADrain(
  phase: ScaleDown['phase'],
  options: SceneOptions = {},
  pod: Pod = SLOW,
): Promise<Scene> {
  const scene = await givenACluster({ nodes: 3, ...options });
  scene.cluster.runs('shop', 3, pod);
  await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
  await begins(scene, phase);
  return scene;
}

/** Idle asks for so many nodes. Resolves with the name of the node that goes. */
export async function begins(scene: Scene, phase: ScaleDown['phase'], nodes = 2): Promise<string> {
  await scene.alertmanager.fires(idle({ nodes }));
  const isThere = async () => (await drains(scene)).some((it) => it.phase === phase);
  await scene.eventually(`the drain is ${phase}`, isThere, '2m');
  return (await drainOf(scene)).node?.name ?? '';
}

/** As it went into the history. */
export async function ending(scene: Scene, within = '20m'): Promise<Row | undefined> {
  await scene.eventually('the drain is closed', async () => (await scene.history('operation')).length > 0, within);
  return (await scene.history('operation'))[0];
}

/** In their order: `evict default/shop-x`. */
export function evictions({ cluster }: Scene): readonly string[] {
  return cluster.kubernetes.written.filter((it) => it.startsWith('evict'));
}
