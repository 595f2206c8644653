import type { OperationEvents } from './events';

/** Two listeners as one. */
export function bothEvents(a: OperationEvents, b: OperationEvents): OperationEvents {
  return {
    entered: (...args) => [a, b].forEach((it) => it.entered(...args)),
    acted: (...args) => [a, b].forEach((it) => it.acted(...args)),
    waits: (...args) => [a, b].forEach((it) => it.waits(...args)),
    closed: (...args) => [a, b].forEach((it) => it.closed(...args)),
  };
}
