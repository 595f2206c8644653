/** Parts of a context, to be laid over one another. */
import type { Operation } from '../../../webhook/model/operation';
import type { PoolPolicy } from '../../../webhook/model/pool';
import type { Budget, Spending } from '../../../webhook/model/spending';
import {
  aPolicy,
  aPoolState,
  aScaleDown,
  aSpending,
  aWaitingPod,
  observation,
  together,
  workers,
} from '../../support/builders';

export const state = (overrides: Parameters<typeof aPoolState>[1], operations: readonly Operation[] = []) => ({
  state: aPoolState(operations, overrides),
});
export const policy = (overrides: Partial<PoolPolicy>) => ({ policy: aPolicy(overrides) });
export const pods = (...uids: string[]) =>
  together(workers(2), observation({ pods: uids.map((uid) => aWaitingPod(uid, { uid })) }));
export const backoff = (until: number) => ({ backoff: { failures: 2, until } });
export const failing = (until: number) => ({ backoff: { failures: 3, until, cause: 'ec2-quota' } });
export const drains = (count: number) =>
  Array.from({ length: count }, (_, i) => aScaleDown(`d${i}`, { cancelledBy: 'x' }));

export const budgeted = (budget: Budget, spending: Partial<Spending> = {}) => ({
  ...policy({ budget }),
  spending: aSpending(spending),
});
export const overBudget = (of: PoolPolicy) => ({ policy: { ...of, budget: { perMonth: 5 } }, spending: aSpending() });

export function keeping(of: PoolPolicy, minNodeAge: number): PoolPolicy {
  return { ...of, removal: { ...of.removal, minNodeAge } };
}
export const keptFor = (minNodeAge: number) => ({ policy: keeping(aPolicy(), minNodeAge) });
