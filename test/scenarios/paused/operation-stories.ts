import { holdPods } from '../../support/held-pods';
import { highCpu, idle, interruption, unschedulablePods } from '../support/alerts';
import { ZONES } from '../support/cluster';
import type { Scene } from '../support/scene';
import { LOOKS, nothing, type Changes, type Story } from './story';

/** It tells what it decided before it was paused. */
const itsDecision: Changes = [/^row of decision .*: nothing -> .*accepted/];

async function isClosed(scene: Scene): Promise<boolean> {
  return (await scene.history('operation')).length > 0 && (await scene.isQuiet());
}

const ACCEPTS = { ...LOOKS, 'store.accept': nothing, 'store.appendHistory of decision': itsDecision } as const;
const CLOSES = { 'store.appendHistory of operation': nothing, 'store.closeOperation': nothing } as const;

/** Until EC2 has answered. */
const LAUNCHES = {
  'store.saveOperation to launching': nothing,
  'store.putAttempt': nothing,
  'store.saveOperation in launching: attempt': nothing,
  'store.readAttempt': nothing,
  'store.readMarks': nothing,
} as const;
const LAUNCHED = 'store.saveOperation in launching: answered, instances, launchedAt, settled';

const scaleUp: Story = {
  name: 'a scale-up',
  scene: { nodes: 2 },
  begins: (scene) => scene.alertmanager.fires(highCpu({ nodes: 4 })),
  isOver: isClosed,
  end: { ready: 4, alive: 4, fleets: [2], terminations: [], operations: ['scale-up done'] },
  calls: {
    ...ACCEPTS,
    ...LAUNCHES,
    'ec2.createFleet': nothing,
    [LAUNCHED]: nothing,
    'store.saveOperation to joining': nothing,
    'store.saveOperation in joining: the hold': nothing,
    'store.putJoined': nothing,
    'store.saveOperation in joining: instances': nothing,
    ...CLOSES,
  },
  complete: true,
};

/** CreateFleet itself is a story of its own. */
const refused: Story = {
  ...scaleUp,
  name: 'a scale-up that EC2 refuses to the new owner',
  meanwhile: async (scene) => {
    scene.cluster.ec2.failNext('CreateFleet', 'VcpuLimitExceeded');
    await scene.eventually('it is given up', () => isClosed(scene), '5m');
    await scene.alertmanager.resolves(highCpu({ nodes: 4 }));
  },
  end: { ready: 2, alive: 2, fleets: [2], terminations: [], operations: ['scale-up rolled-back ec2-quota'] },
  calls: LAUNCHES,
  complete: false,
};

/** The refusal is remembered for all replicas; a late word on it changes nothing. */
const refusedItself: Story = {
  ...scaleUp,
  name: 'a scale-up that EC2 refuses',
  begins: async (scene) => {
    scene.cluster.ec2.failNext('CreateFleet', 'VcpuLimitExceeded', { times: 2 });
    await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    await scene.alertmanager.resolves(highCpu({ nodes: 4 }));
  },
  end: { ready: 2, alive: 2, fleets: [2], terminations: [], operations: ['scale-up rolled-back ec2-quota'] },
  calls: { 'store.putMark': nothing },
  complete: false,
};

const unwanted: Story = {
  ...scaleUp,
  name: 'a scale-up that is not wanted any more when it is taken over',
  meanwhile: (scene) => scene.alertmanager.resolves(highCpu({ nodes: 4 })),
  end: { ready: 2, alive: 2, fleets: [], terminations: [], operations: ['scale-up rolled-back no-longer-wanted'] },
  calls: {
    'store.saveOperation to launching': nothing,
    // A request that nobody will ever send; it expires.
    'store.putAttempt': [/^attempts of .*: \[null,null\] -> /],
    'store.saveOperation in launching: attempt': nothing,
  },
  complete: false,
};

const neverJoins: Story = {
  name: 'a scale-up that never joins',
  scene: { nodes: 2 },
  begins: async (scene) => {
    scene.cluster.world.perform({ kind: 'never-joins', next: 1 });
    await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  },
  isOver: isClosed,
  end: { ready: 2, alive: 2, fleets: [1], operations: ['scale-up rolled-back not-registered'] },
  calls: {
    'store.saveOperation to rolling-back': nothing,
    'ec2.consoleOutput': nothing,
    // The same text again.
    'store.putConsole': nothing,
    'ec2.terminate': nothing,
    'store.saveOperation in rolling-back: the hold': nothing,
    'store.saveOperation in rolling-back: quietSince': nothing,
    ...CLOSES,
  },
};

const admits: Story = {
  name: 'a scale-up whose node registers with the startup taint',
  scene: { nodes: 0, pool: { min: 0 }, world: { startupTaint: true } },
  begins: (scene) => scene.alertmanager.fires(highCpu({ nodes: 1 })),
  isOver: isClosed,
  end: { ready: 1, alive: 1, fleets: [1], terminations: [], operations: ['scale-up done'] },
  calls: { 'kubernetes.admitNode': nothing },
};

const forAVolume: Story = {
  name: 'a scale-up for a pod with a volume',
  scene: { nodes: 2 },
  begins: async (scene) => {
    scene.cluster.hasVolume('data', ZONES[0] ?? '');
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    scene.cluster.runs('shop', 2, { cpu: '1500m' });
    await scene.passes('10s');
    scene.cluster.runs('db', 1, { cpu: '1500m', volumes });
    await scene.passes('20s');
    await scene.alertmanager.fires(unschedulablePods({ nodes: 3 }));
  },
  isOver: isClosed,
  end: { ready: 3, alive: 3, fleets: [1], terminations: [], operations: ['scale-up done'] },
  calls: { 'kubernetes.listClaims': nothing },
};

const joinsLate: Story = {
  ...neverJoins,
  name: 'a scale-up whose node joins while its owner is about to give it up',
  meanwhile: ({ cluster }) => Promise.resolve(cluster.joinsAfterAll()),
  end: { ready: 3, alive: 3, fleets: [1], terminations: [], operations: ['scale-up done'] },
  calls: { 'store.saveOperation to rolling-back': nothing },
};

async function opensShop(scene: Scene): Promise<void> {
  scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 10 });
  await scene.passes('30s');
}

/** The load rises: the node that is being drained is needed after all. */
async function loadRises(scene: Scene): Promise<void> {
  await scene.alertmanager.resolves(idle({ nodes: 2 }));
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
}

const UNTIL_DRAINED = {
  'store.saveOperation in accepted: confirmedAt': nothing,
  'store.saveOperation in accepted: node': nothing,
  'store.saveOperation to cordoned': nothing,
  'store.saveOperation to draining': nothing,
  'store.saveOperation in draining: evicted': nothing,
  'store.saveOperation to terminating': nothing,
} as const;

const scaleDown: Story = {
  name: 'a scale-down',
  scene: { nodes: 3 },
  given: opensShop,
  begins: (scene) => scene.alertmanager.fires(idle({ nodes: 2 })),
  isOver: isClosed,
  end: { ready: 2, alive: 2, fleets: [], operations: ['scale-down done'], shop: 3 },
  calls: {
    ...ACCEPTS,
    ...UNTIL_DRAINED,
    'kubernetes.listBudgets': nothing,
    'kubernetes.markNode': nothing,
    'kubernetes.evict': nothing,
    'kubernetes.listAttachments': nothing,
    'ec2.terminate': nothing,
    'store.saveOperation in terminating: terminateSentAt': nothing,
    'kubernetes.deleteNode': nothing,
    'store.saveOperation in terminating: the hold': nothing,
    ...CLOSES,
  },
  complete: true,
};

const takenBack: Story = {
  ...scaleDown,
  name: 'a scale-down that is taken back meanwhile',
  meanwhile: loadRises,
  end: { ready: 3, alive: 3, fleets: [], terminations: [], operations: ['scale-down rolled-back cancelled'], shop: 3 },
  calls: {
    ...UNTIL_DRAINED,
    // Undone by the next sweep.
    'kubernetes.markNode': [/^node .*: \{"cordoned":false,"markedBy":null\} -> \{"cordoned":true,"markedBy":"op.*"\}$/],
    // Its owner makes another one, and its budget was asked.
    'kubernetes.evict': [/^pod shop-.*: stays on (.*) -> goes on \1$/],
  },
  complete: false,
};

const rollsBack: Story = {
  name: 'a drain that rolls back',
  scene: { nodes: 3 },
  given: async (scene) => {
    await opensShop(scene);
    holdPods(scene.cluster.world.cluster, 'shop');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    const drains = async () => Object.values((await scene.state()).operations).some((it) => it.phase === 'draining');
    await scene.eventually('it drains', drains, '1m');
  },
  begins: loadRises,
  isOver: isClosed,
  end: { ready: 3, alive: 3, fleets: [], terminations: [], operations: ['scale-down rolled-back cancelled'], shop: 3 },
  calls: {
    'store.saveOperation to rolling-back': nothing,
    'kubernetes.unmarkNode': nothing,
    ...CLOSES,
  },
};

/** Half a minute before its deadline, which is the grace of the pod that a budget keeps. */
const forces: Story = {
  name: 'a drain that forces',
  scene: { nodes: 3, pool: { drain: { force: true } } },
  given: async (scene) => {
    await opensShop(scene);
    scene.cluster.world.cluster.createBudget({ name: 'shop', namespace: 'default', maxUnavailable: 0 });
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    const deadline = async () =>
      Object.values((await scene.state()).operations).find(({ phase }) => phase === 'draining');
    await scene.eventually('it drains', async () => (await deadline()) !== undefined, '1m');
    const drain = await deadline();
    const end = drain?.kind === 'scale-down' ? (drain.deadline ?? 0) : 0;
    await scene.eventually('its time is nearly over', () => scene.clock.now() >= end - 33_000, '20m');
  },
  begins: () => Promise.resolve(),
  isOver: isClosed,
  end: { ready: 2, alive: 2, fleets: [], operations: ['scale-down done'], shop: 3 },
  calls: { 'kubernetes.deletePod': nothing },
};

/** Two operations at once: the drain of the node, and a scale-up of one in its place. */
const taken: Story = {
  name: 'a node that EC2 takes',
  scene: { nodes: 3 },
  given: opensShop,
  begins: ({ cluster, clock, alertmanager }) => {
    const [node = ''] = cluster.alive();
    // Long enough for the other one to hear of it by the next repeat.
    cluster.world.cloud.notify(node, { kind: 'interruption', at: clock.now() + 600_000 });
    return alertmanager.fires(interruption(node));
  },
  isOver: async (scene) => (await scene.history('operation')).length === 2,
  end: {
    ready: 3,
    alive: 3,
    fleets: [1],
    operations: expect.arrayContaining(['scale-down done', 'scale-up done']) as string[],
    shop: 3,
  },
  calls: {
    'ec2.notices': nothing,
    'kubernetes.markNode': nothing,
    'ec2.createFleet': nothing,
    'kubernetes.evict': nothing,
    'store.putJoined': nothing,
    'kubernetes.deleteNode': nothing,
  },
};

export const OPERATION_STORIES: readonly Story[] = [
  scaleUp,
  refused,
  refusedItself,
  unwanted,
  neverJoins,
  admits,
  forAVolume,
  joinsLate,
  scaleDown,
  takenBack,
  rollsBack,
  forces,
  taken,
];
