/** The things of the model with usual values; a test names only what it is about. Times are epoch milliseconds. */
import { TAGS } from '../../webhook/model/names';
import type { Silence, ScalingAlert, Signals } from '../../webhook/model/alert';
import type { Decision, Intent } from '../../webhook/model/decision';
import type {
  CompleteObservation,
  DisruptionBudget,
  IncompleteObservation,
  Instance,
  Node,
  Pod,
} from '../../webhook/model/observation';
import type { ScaleDown, ScaleUp, Trigger } from '../../webhook/model/operation';
import type { Operation } from '../../webhook/model/operation';
import type { Pause, PoolKey, PoolPolicy, PoolState, ServiceTimings } from '../../webhook/model/pool';
import type { Spending } from '../../webhook/model/spending';
import type { PriceBook } from '../../webhook/model/price';
import type { DecisionContext } from '../../webhook/decision/case';
import type { ActionResult, Confirmation, View } from '../../webhook/operation/step';
import type { PodRef } from '../../webhook/ports';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const GIB = 2 ** 30;

/** The moment at which tests play: a round one, so that distances can be read off. */
export const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);

export const KEY: PoolKey = { cluster: 'shop', pool: 'workers' };

export const TIMINGS: ServiceTimings = {
  evaluationInterval: 15 * SECOND,
  runnerInterval: 2 * SECOND,
  observationMaxAge: 5 * SECOND,
  observationGap: 15 * SECOND,
  graceAfterGap: 120 * SECOND,
  confirmGone: 60 * SECOND,
  heardFor: 220 * SECOND,
  watchdogFresh: 180 * SECOND,
  didNotHelpAfter: 60 * SECOND,
  orphanGrace: 300 * SECOND,
  costInterval: 300 * SECOND,
};

export function aPolicy(overrides: Partial<PoolPolicy> = {}): PoolPolicy {
  return {
    min: 2,
    max: 10,
    step: 1,
    maxNodesPerDecision: 10,
    maxConcurrentDrains: 1,
    maxSurge: 1,
    dryRun: false,
    node: { allocatable: { cpu: 2, memory: 4 * GIB, pods: 110 }, labels: {}, taints: [] },
    launch: {
      template: { id: 'lt-0abc', version: '7' },
      subnets: [
        { id: 'subnet-a', zone: 'eu-central-1a' },
        { id: 'subnet-b', zone: 'eu-central-1b' },
      ],
      instanceTypes: ['m6a.large', 'm6i.large'],
      capacity: 'on-demand',
      spotFallback: 'on-demand',
      onDemandBase: 0,
      returnToSpot: { every: 600_000 },
      balance: 'none',
    },
    cooldown: {
      up: 300 * SECOND,
      down: 600 * SECOND,
      backoffFirst: 30 * SECOND,
      backoffMax: 30 * MINUTE,
      topUp: 30 * SECOND,
    },
    circuit: { opensAfter: 3, openFor: 5 * MINUTE },
    unavailable: { first: 3 * MINUTE, max: 30 * MINUTE },
    deadline: {
      confirm: 5 * MINUTE,
      join: 10 * MINUTE,
      running: 2 * MINUTE,
      registered: 5 * MINUTE,
      ready: 5 * MINUTE,
      cordon: 2 * MINUTE,
      drain: 15 * MINUTE,
    },
    settle: 5 * SECOND,
    drain: { maxGrace: 10 * MINUTE, force: false, backoffFirst: 3 * MINUTE, backoffMax: 30 * MINUTE },
    removal: {
      policy: 'emptiest',
      minNodeAge: 5 * MINUTE,
      minPerZone: 0,
      evictionRound: MINUTE,
      blockedWindows: [],
      hostNode: null,
    },
    ...overrides,
  };
}

// ------------------------------------------------------------------- the world

export function anInstance(id: string, overrides: Partial<Instance> = {}): Instance {
  const { tags, ...rest } = overrides;
  return {
    id,
    state: 'running',
    zone: 'eu-central-1a',
    type: 'm6a.large',
    lifecycle: 'on-demand',
    launchedAt: NOW - 24 * 60 * MINUTE,
    tags: { [TAGS.cluster]: KEY.cluster, [TAGS.pool]: KEY.pool, ...tags },
    ...rest,
  };
}

/** A Ready worker, or one that has not been Ready for two hours; named after its instance unless told otherwise. */
export function aNode(name: string, overrides: Partial<Node> = {}): Node {
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    instanceId: name,
    pool: KEY.pool,
    ready: true,
    notReadySince: overrides.ready === false ? NOW - 120 * MINUTE : null,
    cordoned: false,
    markedBy: null,
    controlPlane: false,
    createdAt: NOW - 24 * 60 * MINUTE,
    labels: { 'smartscale/pool': KEY.pool },
    annotations: {},
    taints: [],
    allocatable: { cpu: 2, memory: 4 * GIB, pods: 110 },
    ...overrides,
  };
}

/** A running, Ready pod of a ReplicaSet. */
export function aPod(name: string, overrides: Partial<Pod> = {}): Pod {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    node: null,
    phase: 'Running',
    requests: { cpu: 0.1, memory: GIB / 16, pods: 1 },
    ownerKind: 'ReplicaSet',
    mirror: false,
    unschedulable: false,
    gated: false,
    terminating: false,
    ready: true,
    createdAt: NOW - 60 * MINUTE,
    labels: {},
    annotations: {},
    nodeSelector: {},
    tolerations: [],
    localVolumes: [],
    graceSeconds: 30,
    ...overrides,
  };
}

/** A pod that the scheduler could not place. */
export function aWaitingPod(name: string, overrides: Partial<Pod> = {}): Pod {
  return aPod(name, { phase: 'Pending', unschedulable: true, ...overrides });
}

export function observation(overrides: Partial<CompleteObservation> = {}): CompleteObservation {
  const at = overrides.at ?? NOW;
  return {
    complete: true,
    at,
    completeSince: at - 60 * MINUTE,
    instances: [],
    nodes: [],
    pods: [],
    budgets: [],
    ...overrides,
  };
}

/** A budget over the pods with these labels that lets one go. */
export function aBudget(
  name: string,
  labels: Readonly<Record<string, string>>,
  overrides: Partial<DisruptionBudget> = {},
): DisruptionBudget {
  return {
    namespace: 'default',
    name,
    selector: Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    disruptionsAllowed: 1,
    currentHealthy: 3,
    desiredHealthy: 2,
    isCurrent: true,
    sparesUnready: false,
    ...overrides,
  };
}

export function blindness(at = NOW): IncompleteObservation {
  return {
    complete: false,
    at,
    faults: [{ code: 'kubernetes-unreachable', retryable: true, message: 'connect ECONNREFUSED' }],
  };
}

/** `count` Ready workers i-1, i-2 ... with their instances. */
export function workers(count: number, overrides: Partial<CompleteObservation> = {}): CompleteObservation {
  const ids = Array.from({ length: count }, (_, i) => `i-${i + 1}`);
  return observation({ instances: ids.map((id) => anInstance(id)), nodes: ids.map((id) => aNode(id)), ...overrides });
}

/** Two looks at the world in one. */
export function together(...parts: readonly CompleteObservation[]): CompleteObservation {
  return observation({
    ...parts[0],
    instances: parts.flatMap((part) => part.instances),
    nodes: parts.flatMap((part) => part.nodes),
    pods: parts.flatMap((part) => part.pods),
  });
}

// ------------------------------------------------------------------ operations

export function aTrigger(overrides: Partial<Trigger> = {}): Trigger {
  return { alert: 'HighCpu', nodes: 3, have: 2, urgent: false, topUp: false, heardAt: NOW - MINUTE, ...overrides };
}

const common = {
  revision: 1,
  owner: 'replica-a',
  ownerUntil: NOW + 30 * SECOND,
  acceptedAt: NOW - MINUTE,
  phaseAt: NOW - MINUTE,
};

/** A scale-up of one that was accepted a minute ago. */
export function aScaleUp(id: string, overrides: Partial<ScaleUp> = {}): ScaleUp {
  return {
    ...common,
    id,
    kind: 'scale-up',
    phase: 'accepted',
    planned: 1,
    attempt: 0,
    answered: false,
    instances: [],
    trigger: aTrigger(),
    ...overrides,
  };
}

/** A scale-up whose launch EC2 has answered with these instances. */
export function aLaunchedScaleUp(id: string, ids: readonly string[], overrides: Partial<ScaleUp> = {}): ScaleUp {
  return aScaleUp(id, {
    phase: 'joining',
    planned: ids.length,
    attempt: 1,
    answered: true,
    launchedAt: NOW - MINUTE,
    instances: ids.map((instance) => ({ id: instance })),
    ...overrides,
  });
}

/** A scale-down that was accepted a minute ago and has no node yet. */
export function aScaleDown(id: string, overrides: Partial<ScaleDown> = {}): ScaleDown {
  return {
    ...common,
    id,
    kind: 'scale-down',
    phase: 'accepted',
    node: null,
    deadline: NOW + 4 * MINUTE,
    evicted: 0,
    trigger: aTrigger({ alert: 'Idle', nodes: 2, have: 3 }),
    ...overrides,
  };
}

/** A scale-down in mid-drain of the node of this name. */
export function aDrain(id: string, name: string, overrides: Partial<ScaleDown> = {}): ScaleDown {
  return aScaleDown(id, {
    phase: 'draining',
    confirmedAt: NOW - MINUTE,
    node: { name, uid: `uid-${name}`, instanceId: name },
    deadline: NOW + 15 * MINUTE,
    ...overrides,
  });
}

/** The node that a drain has cordoned and tainted. */
export function aMarkedNode(name: string, operation: string, overrides: Partial<Node> = {}): Node {
  return aNode(name, { cordoned: true, markedBy: operation, ...overrides });
}

export function aPoolState(operations: readonly Operation[] = [], overrides: Partial<PoolState> = {}): PoolState {
  return { version: 7, operations: Object.fromEntries(operations.map((it) => [it.id, it])), pauses: {}, ...overrides };
}

export function aPause(overrides: Partial<Pause> = {}): Pause {
  return { until: null, by: 'ops', reason: 'maintenance', since: NOW - MINUTE, ...overrides };
}

// --------------------------------------------------------------------- signals

export function aSilence(overrides: Partial<Silence> = {}): Silence {
  return { id: 'silence-1', endsAt: NOW + 60 * MINUTE, createdBy: 'ops', comment: 'release', ...overrides };
}

/** An up alert that fires, heard ten seconds ago, asking for a total of nodes. */
export function anAlert(name: string, overrides: Partial<ScalingAlert> = {}): ScalingAlert {
  return {
    fingerprint: `fp-${name}`,
    name,
    cluster: KEY.cluster,
    pool: KEY.pool,
    scale: 'up',
    node: null,
    recommended: false,
    shadow: false,
    wish: { kind: 'total', nodes: 3 },
    urgent: false,
    forPods: false,
    summary: '',
    startsAt: NOW - 5 * MINUTE,
    heardAt: NOW - 10 * SECOND,
    firstHeardAt: NOW - 10 * SECOND,
    silence: null,
    inhibited: false,
    ...overrides,
  };
}

export function aDownAlert(name: string, overrides: Partial<ScalingAlert> = {}): ScalingAlert {
  return anAlert(name, { scale: 'down', wish: { kind: 'total', nodes: 2 }, ...overrides });
}

export function signals(alerts: readonly ScalingAlert[] = [], overrides: Partial<Signals> = {}): Signals {
  return { at: NOW, alerts, alertmanagerSilent: false, watchdogFresh: true, ...overrides };
}

export function total(nodes: number): Intent['wish'] {
  return { kind: 'total', nodes };
}

/** An up intent for a total of three. */
export function anIntent(overrides: Partial<Intent> = {}): Intent {
  return {
    direction: 'up',
    source: 'HighCpu',
    wish: total(3),
    urgent: false,
    forPods: false,
    heardAt: NOW - 10 * SECOND,
    silence: null,
    ...overrides,
  };
}

export function aDownIntent(overrides: Partial<Intent> = {}): Intent {
  return anIntent({ direction: 'down', source: 'Idle', wish: total(2), ...overrides });
}

// -------------------------------------------------- what the pure functions get

/** Two workers, nothing open, nothing that vetoes. */
export function aContext(overrides: Partial<DecisionContext> = {}): DecisionContext {
  return {
    key: KEY,
    state: aPoolState(),
    observation: workers(2),
    policy: aPolicy(),
    upFiring: [],
    pipelineSilent: null,
    didNotHelpAfter: TIMINGS.didNotHelpAfter,
    now: NOW,
    ...overrides,
  };
}

export function aDecision(overrides: Partial<Decision> = {}): Decision {
  return {
    at: NOW,
    outcome: 'hold',
    reason: 'enough',
    detail: '',
    intent: anIntent(),
    have: 2,
    want: 3,
    launch: 0,
    giveBack: 0,
    takeBack: [],
    limitedBy: [],
    ...overrides,
  };
}

/** Alertmanager confirms a scale-down. */
export function aConfirmation(overrides: Partial<Answered> = {}): Answered {
  return {
    answered: true,
    downActive: true,
    upFiring: [],
    upWanted: null,
    replaceNodes: [],
    watchdogFresh: true,
    ...overrides,
  };
}

type Answered = Confirmation & { readonly answered: true };

/** What came of a look's evictions: of nobody, unless said. */
export function anEviction(overrides: Partial<Evicted> = {}): Evicted {
  return { result: 'evicted', accepted: [], refused: [], heard: true, ...overrides };
}

type Evicted = ActionResult & { readonly result: 'evicted' };

export function podRef(name: string, namespace = 'default'): PodRef {
  return { namespace, name, uid: `uid-${name}` };
}

export function aView(overrides: Partial<View> = {}): View {
  return {
    key: KEY,
    now: NOW,
    observation: workers(2),
    state: aPoolState(),
    policy: aPolicy(),
    timings: TIMINGS,
    confirmation: aConfirmation(),
    notice: null,
    marks: [],
    ...overrides,
  };
}

// ---------------------------------------------------------------------- prices

/** On-demand prices of the types that pools here have; no spot prices, no overrides. */
export function aPriceBook(overrides: Partial<PriceBook> = {}): PriceBook {
  return {
    region: 'eu-central-1',
    onDemand: { 'm6a.large': 0.1035, 'm6i.large': 0.115 },
    onDemandAsOf: '2026-01-01',
    spot: new Map(),
    overrides: { onDemand: {}, spot: {} },
    ...overrides,
  };
}

/** Two nodes that cost ten cents an hour each, as one more would. */
export function aSpending(overrides: Partial<Spending> = {}): Spending {
  return {
    perHour: 0.2,
    unpriced: 0,
    nextNode: 0.1,
    cheapest: 'm6a.large on-demand at $0.10 an hour',
    nextOnDemand: 0.1,
    month: 5,
    ...overrides,
  };
}
