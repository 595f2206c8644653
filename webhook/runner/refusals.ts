import type { Refusal } from '../model/offering';
import type { Operation } from '../model/operation';
import type { PoolKey, PoolPolicy } from '../model/pool';
import { keptUntil, marksAfter } from '../operation/offering-marks';
import type { Clock, StorePort } from '../ports';

export interface RefusalDeps {
  readonly key: PoolKey;
  readonly policy: PoolPolicy;
  readonly store: Pick<StorePort, 'putMark' | 'readMarks'>;
  readonly clock: Clock;
}

/**
 * What EC2 refused, for the next calls of all replicas. Only a hint: nothing fails because it cannot be kept.
 * `mayWrite` is asked right before the writes, and throws when they are no longer ours to make.
 */
export async function rememberRefusals(
  refusals: readonly Refusal[],
  by: string,
  { key, policy, store, clock }: RefusalDeps,
  mayWrite: () => void = () => undefined,
): Promise<void> {
  if (refusals.length === 0) return;
  const known = await store.readMarks(key).catch(() => []);
  const marks = marksAfter(refusals, known, { by, now: clock.now() }, policy);
  mayWrite();
  await Promise.allSettled(marks.map((mark) => store.putMark(key, mark, keptUntil(mark, policy))));
}

/** Offerings that gave an instance and took it back for want of capacity, whatever CreateFleet had answered. */
export function refusedByEnding(operation: Operation): readonly Refusal[] {
  if (operation.kind === 'scale-down') return [];
  return operation.instances.flatMap(({ zone, ended }) => {
    if (ended?.class !== 'ec2-no-capacity' || zone === undefined) return [];
    const capacity = ended.spot ? 'spot' : 'on-demand';
    return [{ kind: 'no-capacity', scope: { instanceType: ended.type, zone, capacity } }];
  });
}
