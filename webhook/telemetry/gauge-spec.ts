/** What the gauges of the state are told, and what a gauge makes of it. */
import type { Observation } from '../model/observation';
import type { Operation } from '../model/operation';
import type { MonthCost } from '../model/month-cost';
import type { PoolKey, PoolPolicy } from '../model/pool';
import type { CostNow } from '../cost/cost-now';
import type { CostPerRequest } from '../cost/cost-per-request';
import type { Finding } from '../preflight/judgement/finding';
import type { SweepReport } from '../sweep/sweep-report';

export interface CostGauges {
  readonly now: CostNow | null;
  readonly month: MonthCost | null;
  readonly perRequest?: CostPerRequest | null;
}

export interface PoolGauges {
  readonly key: PoolKey;
  readonly policy: Pick<PoolPolicy, 'min' | 'max' | 'node' | 'budget'>;
  /** Open ones. */
  readonly operations: readonly Operation[];
  /** Milliseconds left of each clock. */
  readonly cooldown: Readonly<Record<'up' | 'down' | 'backoff', number>>;
  readonly circuit: { readonly state: 'closed' | 'open' | 'half-open'; readonly failures: number };
  readonly cost: CostGauges;
}

export interface ClusterGauges {
  readonly latest: {
    readonly observation: Observation | null;
    readonly sweep: SweepReport | null;
    readonly preflight?: readonly Finding[];
  };
}

export interface GaugeState {
  readonly now: number;
  readonly pools: readonly PoolGauges[];
  readonly clusters: ReadonlyMap<string, ClusterGauges>;
}

export type Series = readonly [labels: Record<string, string>, value: number];

export interface GaugeSpec {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly series: (state: GaugeState) => readonly Series[];
}
