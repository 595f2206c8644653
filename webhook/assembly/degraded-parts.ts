/** What people are told in /readyz and in the log is out of order. Pure but for the units' last looks. */
import { keepsFailing } from '../decision/circuit';
import { ERRORS, type Fault } from '../errors';
import type { Signals } from '../model/alert';
import type { Observation } from '../model/observation';
import type { SweepReport } from '../sweep/sweep-report';
import type { PoolUnit } from './pool-unit';

/** What the last looks at a cluster and its pools have shown. */
interface Looked {
  readonly latest: {
    readonly signals: Signals | null;
    readonly observation: Observation | null;
    readonly sweep: SweepReport | null;
    readonly alertmanagerFaults: readonly Fault[];
  };
  readonly pools: ReadonlyMap<string, PoolUnit>;
}

/** What is out of order without making the service useless: each with what to do. */
export function degradedParts(cluster: Looked): readonly (Fault & { readonly part: string })[] {
  const { observation, alertmanagerFaults, sweep, signals } = cluster.latest;
  const observed = observation?.faults ?? [];
  return [
    ...observed.map((fault) => ({ part: fault.code.split('-')[0] ?? 'world', ...fault })),
    ...alertmanagerFaults.map((fault) => ({ part: 'alertmanager', ...fault })),
    ...watchdogFault(signals),
    ...[...cluster.pools.values()].flatMap(circuitFault),
    ...(sweep ? sweepFaults(sweep) : []),
  ];
}

function circuitFault({ key, policy, state }: PoolUnit): readonly (Fault & { readonly part: string })[] {
  if (!keepsFailing(state, policy)) return [];
  const { failures = 0, cause = 'unknown' } = state.backoff ?? {};
  const message = `${failures} launches of pool ${key.pool} failed in a row, the last with ${cause}: only one node at a time is tried`;
  return [{ part: `circuit of ${key.pool}`, code: 'circuit-open', retryable: true, message }];
}

function watchdogFault(signals: Signals | null): readonly (Fault & { readonly part: string })[] {
  if (signals === null || signals.alertmanagerSilent || signals.watchdogFresh) return [];
  const message = 'the Watchdog alert is missing or stale: no node is given back until it is there';
  return [{ part: 'prometheus', code: 'prometheus-silent', retryable: true, message }];
}

function sweepFaults({ refused, unvouched }: SweepReport): readonly (Fault & { readonly part: string })[] {
  const faults = [
    ...refused.map(({ pool, removals, size }) => ({
      code: 'sweep-refused' as const,
      message: `${removals} of ${size} nodes of pool ${pool} look lost: nothing was touched, a person must look`,
    })),
    ...(unvouched ? [{ code: 'sweep-unvouched' as const, message: unvouched.message }] : []),
  ];
  return faults.map((fault) => ({ part: 'sweep', retryable: ERRORS[fault.code].retryable, ...fault }));
}
