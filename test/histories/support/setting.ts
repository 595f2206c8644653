import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID } from '../../../simulator/ec2/settings';
import type { PoolPolicy, ServiceTimings } from '../../../webhook/model/pool';
import { aPolicy, SECOND, TIMINGS } from '../../support/builders';
import type { Draw } from './draw';
import type { Latency } from './wired';

/** What is given in a history before anything happens. Durations in milliseconds. */
export interface Setting {
  readonly policy: PoolPolicy;
  readonly timings: ServiceTimings;
  readonly ownerLease: number;
  readonly replicas: number;
  /** Workers at the beginning. */
  readonly workers: number;
  /** Of the one workload, when nothing makes it more. */
  readonly pods: number;
  /** Bare pods that are there from the beginning: nobody would create them again. */
  readonly barePods: number;
  readonly latency: Latency;
  /** How long EC2 does not show what has happened in it. */
  readonly listLag: number;
  /** Of a new machine, from running to registered. */
  readonly joinDelay: { readonly min: number; readonly max: number };
  /** How long trouble lasts. */
  readonly troubled: number;
  /** Between two troubles, at most. */
  readonly restlessness: number;
  readonly alertmanagers: number;
  /** Up beats down in Alertmanager too, by the shipped inhibit rule. */
  readonly inhibits: boolean;
  /** The workers of the beginning are on demand because there was no spot; of a spot pool. */
  readonly hadNoSpot: boolean;
}

const LATENCIES: readonly Latency[] = [
  [0, 0, 0, 0, 0, 5],
  [0, 0, 0, 20, 60],
  [0, 0, 0, 50, 300, 2000],
];

export function settingOf(draw: Draw): Setting {
  const policy = policyOf(draw);
  return {
    policy,
    timings: timingsOf(draw),
    ownerLease: 30 * SECOND,
    replicas: draw.between(1, 3),
    workers: draw.between(Math.min(policy.min, 1), policy.max),
    pods: draw.between(2, 6),
    barePods: draw.oneOf([0, 0, 1, 2, 3]),
    latency: draw.oneOf(LATENCIES),
    listLag: draw.oneOf([0, 0, 2, 6]) * SECOND,
    joinDelay: { min: 10 * SECOND, max: draw.oneOf([20, 40, 70]) * SECOND },
    troubled: draw.between(3, 9) * 60 * SECOND,
    restlessness: draw.oneOf([10, 20, 40]) * SECOND,
    alertmanagers: draw.oneOf([1, 1, 2]),
    inhibits: draw.chance(0.5),
    hadNoSpot: draw.chance(0.6),
  };
}

function policyOf(draw: Draw): PoolPolicy {
  const min = draw.between(0, 2);
  const seconds = (...choice: readonly number[]) => draw.oneOf(choice) * SECOND;
  return aPolicy({
    min,
    max: min + draw.between(1, 5),
    maxSurge: draw.oneOf([0, 1, 1, 2]),
    step: draw.between(1, 2),
    maxNodesPerDecision: draw.oneOf([1, 2, 10, 10]),
    maxConcurrentDrains: draw.oneOf([1, 1, 2]),
    node: { allocatable: { cpu: 2, memory: 7 * 2 ** 30, pods: 110 }, labels: {}, taints: [] },
    launch: {
      template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
      subnets: DEFAULT_SETTINGS.subnets.slice(0, 2).map(({ id, zone }) => ({ id, zone })),
      instanceTypes: ['m6i.large', 'm6a.large'],
      capacity: draw.oneOf(['on-demand', 'spot'] as const),
      spotFallback: draw.oneOf(['on-demand', 'on-demand', 'none'] as const),
      onDemandBase: draw.oneOf([0, 0, 1]),
      returnToSpot: { every: seconds(0, 30, 60, 120) },
      balance: draw.oneOf(['zones', 'zones', 'none'] as const),
    },
    cooldown: {
      up: seconds(0, 30, 90),
      down: seconds(0, 30, 90),
      backoffFirst: seconds(10, 30),
      backoffMax: seconds(40, 120),
      topUp: seconds(0, 0, 30),
    },
    unavailable: { first: seconds(30, 120), max: seconds(120, 300) },
    circuit: { opensAfter: draw.oneOf([1, 2, 3, 3]), openFor: seconds(20, 60) },
    deadline: {
      confirm: seconds(60, 180),
      join: seconds(90, 120, 180),
      running: seconds(40, 60),
      registered: seconds(80, 100, 150),
      ready: seconds(30, 60, 90),
      cordon: seconds(60, 120),
      drain: seconds(45, 90, 180),
    },
    settle: seconds(0, 5),
    drain: {
      maxGrace: seconds(600, 600, 20),
      force: draw.chance(0.4),
      backoffFirst: seconds(60, 180),
      backoffMax: seconds(180, 1800),
    },
    removal: {
      policy: draw.oneOf(['emptiest', 'emptiest', 'oldest', 'newest', 'costliest'] as const),
      // A history is too short for nodes to grow old in it.
      minNodeAge: seconds(0, 0, 0, 60),
      minPerZone: 0,
      evictionRound: seconds(5, 20),
      blockedWindows: [],
      hostNode: null,
    },
  });
}

function timingsOf(draw: Draw): ServiceTimings {
  return {
    ...TIMINGS,
    runnerInterval: draw.oneOf([2, 5, 5]) * SECOND,
    graceAfterGap: draw.oneOf([60, 120]) * SECOND,
    confirmGone: draw.oneOf([20, 60]) * SECOND,
    orphanGrace: draw.oneOf([60, 120]) * SECOND,
  };
}

/** Where machines can be had. */
export const OFFERINGS = ['m6i.large', 'm6a.large'].flatMap((type) =>
  DEFAULT_SETTINGS.subnets.map(({ zone }) => ({ capacityType: 'on-demand' as const, type, zone })),
);
