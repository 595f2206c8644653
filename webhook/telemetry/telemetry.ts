import type { TurnedAway } from '../assembly/receive';
import type { Telemetry } from '../assembly/service';
import type { Clock } from '../ports';
import { bothEvents } from '../runner/both-events';
import type { Logger } from './logger';
import { Metrics } from './metrics';
import { operationLog } from './operation-log';

/** Log and metrics as one listener. */
export function makeTelemetry(log: Logger, { version, clock }: { version: string; clock: Clock }): Telemetry {
  const metrics = new Metrics({ version, now: () => clock.now() });
  return {
    log,
    operations: bothEvents(operationLog(log), metrics.operations),
    decided: (key, decision) => metrics.decided(key, decision),
    turnedAway: (alert) => {
      log.warn({ ...alert, advice: ADVICE[alert.reason] }, 'turned an alert away');
      metrics.turnedAway(alert.reason);
    },
    posted: (result) => metrics.posted(result),
    evaluated: (key, ms) => metrics.evaluated(key, ms),
    swept: (cluster, report) => metrics.swept(cluster, report),
    redisAsked: (request, result) => metrics.redisAsked(request, result),
    metrics: (pools, clusters) => metrics.metrics(pools, clusters),
  };
}

/** What to do about an alert that concerns no pool of ours. */
const ADVICE: Readonly<Record<TurnedAway['reason'], string>> = {
  foreign:
    'Set the external label cluster of Prometheus to a configured cluster, and post with the token of that cluster.',
  'unknown-pool': 'Mend the label pool of the rule, or configure that pool.',
};
