/** advance(operation, view) -> Step: pure. The stored phase says what we want, the view says what is so. */
import type { Operation } from '../model/operation';
import { advanceForced } from './advance-forced';
import { advanceScaleDown } from './advance-scale-down';
import { advanceScaleUp } from './advance-scale-up';
import type { Step, View } from './step';

export function advance(operation: Operation, view: View): Step {
  if (operation.kind === 'scale-up') return advanceScaleUp(operation, view);
  return operation.forced ? advanceForced(operation, view) : advanceScaleDown(operation, view);
}
