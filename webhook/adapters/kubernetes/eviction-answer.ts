/** What the answer to an eviction means: pure. The recorded answers are in test/fixtures/kubernetes-adapter. */
import type { EvictionAnswer } from '../../ports';
import { isOtherUid, refusalOf, toSmartScaleError } from './refusal';
import type { Refusal } from './refusal';

/** The API server has no `reason` for it, only this sentence. */
const TWO_BUDGETS = 'more than one PodDisruptionBudget';

export function evictionRefused(error: unknown, doing: string): EvictionAnswer {
  const refusal = refusalOf(error);
  if (refusal === null) return tryAgain(null, error, doing);
  if (refusal.status === 404 || isOtherUid(refusal)) return { kind: 'gone' };
  if (isBudget(refusal)) {
    const misconfigured = refusal.status === 500 && { misconfigured: true as const };
    return {
      kind: 'refused-by-budget',
      retryAfterMs: refusal.retryAfterMs,
      message: budgetWords(refusal),
      ...misconfigured,
    };
  }
  if (isNamespaceGoing(refusal)) return { kind: 'namespace-going' };
  return isForGood(refusal)
    ? { kind: 'failed', fault: toSmartScaleError(error, doing).fault }
    : tryAgain(refusal.retryAfterMs, error, doing);
}

function tryAgain(retryAfterMs: number | null, error: unknown, doing: string): EvictionAnswer {
  const { message } = toSmartScaleError(error, doing);
  return { kind: 'try-again', retryAfterMs, fault: { code: 'kubernetes-unreachable', retryable: true, message } };
}

/** 429 is also what flow control says; two budgets on a pod are a 500 that lasts until a person mends them. */
function isBudget(refusal: Refusal): boolean {
  if (refusal.status === 429) return refusal.causes.some((cause) => cause.reason === 'DisruptionBudget');
  return refusal.status === 500 && refusal.message.includes(TWO_BUDGETS);
}

function budgetWords(refusal: Refusal): string {
  const causes = refusal.causes.map((cause) => cause.message).filter((message) => message !== undefined);
  return causes.length > 0 ? causes.join('; ') : refusal.message;
}

/** A 403 as well, but no matter of rights: the namespace takes the pod with it. */
function isNamespaceGoing(refusal: Refusal): boolean {
  return refusal.causes.some((cause) => cause.reason === 'NamespaceTerminating');
}

/** RBAC or a malformed request. */
function isForGood(refusal: Refusal): boolean {
  return FOR_GOOD.has(refusal.status);
}

const FOR_GOOD: ReadonlySet<number> = new Set([400, 401, 403, 405, 406, 413, 415, 422]);
