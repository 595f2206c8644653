import type { Telemetry } from '../assembly/service';
import type { Clock } from '../ports';
import type { OperationEvents } from '../runner/events';
import type { Logger } from './logger';
import { Metrics } from './metrics';
import { operationLog } from './operation-log';

/** Log and metrics as one listener. */
export function makeTelemetry(log: Logger, { version, clock }: { version: string; clock: Clock }): Telemetry {
  const metrics = new Metrics({ version, now: () => clock.now() });
  return {
    log,
    operations: both(operationLog(log), metrics.operations),
    decided: (key, decision) => metrics.decided(key, decision),
    posted: (result) => metrics.posted(result),
    evaluated: (key, ms) => metrics.evaluated(key, ms),
    metrics: (pools, clusters) => metrics.metrics(pools, clusters),
  };
}

function both(a: OperationEvents, b: OperationEvents): OperationEvents {
  return {
    entered: (...args) => [a, b].forEach((it) => it.entered(...args)),
    acted: (...args) => [a, b].forEach((it) => it.acted(...args)),
    closed: (...args) => [a, b].forEach((it) => it.closed(...args)),
  };
}
