import type { Operation } from '../model/operation';
import type { PoolKey } from '../model/pool';
import type { Action, ActionResult } from '../operation/step';

/** What telemetry is told of operations. Implementations must not throw. */
export interface OperationEvents {
  entered(key: PoolKey, operation: Operation, before: Operation): void;
  acted(key: PoolKey, operation: Operation, action: Action, result: ActionResult): void;
  /** It does not go on, for the reason that it gives; told at every look. */
  waits(key: PoolKey, operation: Operation): void;
  closed(key: PoolKey, operation: Operation, at: number): void;
}
