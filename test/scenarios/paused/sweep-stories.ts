import type { Scene } from '../support/scene';
import { LOOKS, nothing, type Changes, type Story } from './story';

/** It did sweep it, and says so late. */
const itsSweep: Changes = [/^row of sweep .*: nothing -> /];

/** Both replicas come to strays that are old enough. */
function strays(given: (scene: Scene) => Promise<unknown> | void): Pick<Story, 'given' | 'begins'> {
  return {
    given: async (scene) => {
      await given(scene);
      for (let replica = 0; replica < 2; replica += 1) await scene.restart();
    },
    begins: () => Promise.resolve(),
  };
}

function hasNoStray({ cluster }: Scene): boolean {
  return cluster.alive().length === cluster.nodes().length && cluster.markedNodes().length === 0;
}

const orphan: Story = {
  name: 'an orphan',
  scene: { nodes: 2, started: false },
  ...strays(async ({ cluster, clock }) => {
    cluster.world.perform({ kind: 'never-joins', next: 1 });
    cluster.startWorkers(1);
    await clock.advance(16 * 60_000);
  }),
  isOver: hasNoStray,
  end: { ready: 2, alive: 2, swept: ['orphan'] },
  calls: {
    ...LOOKS,
    'store.hasJoined': nothing,
    'ec2.terminate': nothing,
    'store.appendHistory of sweep': itsSweep,
  },
  complete: true,
};

const deadNode: Story = {
  name: 'a dead node',
  scene: { nodes: 3, started: false },
  ...strays(async ({ cluster, clock }) => {
    cluster.world.cloud.terminateByHand(cluster.alive()[0] ?? '');
    await clock.advance(5 * 60_000);
  }),
  isOver: hasNoStray,
  end: { ready: 2, alive: 2, swept: ['dead-node'] },
  calls: {
    ...LOOKS,
    'kubernetes.deleteNode': nothing,
    'store.appendHistory of sweep': itsSweep,
  },
  complete: true,
};

/** Two of them: whoever wakes up with the first in his hands leaves the second alone. */
const staleMarks: Story = {
  name: 'stale marks',
  scene: { nodes: 4 },
  begins: async ({ cluster }) => {
    for (const { name, uid } of cluster.nodes().slice(0, 2)) await cluster.kubernetes.markNode({ name, uid }, 'nobody');
  },
  isOver: hasNoStray,
  end: { ready: 4, alive: 4, swept: ['stale-mark', 'stale-mark'] },
  calls: {
    'kubernetes.unmarkNode': nothing,
    'store.appendHistory of sweep': [...itsSweep, ...itsSweep],
  },
};

export const SWEEP_STORIES: readonly Story[] = [orphan, deadNode, staleMarks];
