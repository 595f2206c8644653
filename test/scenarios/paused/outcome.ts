import type { Scene } from '../support/scene';

/** What must be the same whoever brought it to its end. */
export async function outcomeOf(scene: Scene): Promise<Readonly<Record<string, unknown>>> {
  const { cluster } = scene;
  const closed = await scene.history('operation');
  const swept = await scene.history('sweep');
  return {
    ready: cluster.readyNodes().length,
    alive: cluster.alive().length,
    nodes: cluster.nodes().length,
    marked: cluster.markedNodes(),
    fleets: cluster.fleets(),
    terminations: cluster.terminations(),
    operations: closed.map(({ kind, phase, reason }) => [kind, phase, reason].filter(Boolean).join(' ')),
    open: Object.keys((await scene.state()).operations),
    swept: swept.map(({ finding }) => finding),
    shop: cluster.podsOf('shop').running,
  };
}
