/** What several steps of a scale-down share: its node, and the way back. Pure. */
import type { CompleteObservation, Node } from '../model/observation';
import type { DrainTarget, ScaleDown } from '../model/operation';
import { wait, type DownStep, type View } from './step';
import { enterDown } from './transitions';

export function rollBack(operation: ScaleDown, reason: string, detail: string, view: View): DownStep {
  return wait({ ...enterDown(operation, 'rolling-back', view.now, null), reason, detail });
}

/** The very Node that was chosen: another one under the same name is another node. */
export function nodeOf(target: DrainTarget, seen: CompleteObservation): Node | undefined {
  return seen.nodes.find((node) => node.name === target.name && node.uid === target.uid);
}

/** What it waited for is over. */
export function withoutReason(operation: ScaleDown): ScaleDown {
  const { reason: _solved, detail: _told, ...rest } = operation;
  return rest;
}
