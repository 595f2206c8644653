/** What the API server said instead of doing it, and what that means to us: the one place that knows its status codes. */
import { ApiException } from '@kubernetes/client-node';
import type { ErrorCode } from '../../errors';
import { SmartScaleError } from '../../errors';

/** An answer that is no success, read from its `Status` body where there is one. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** `details.causes`: they tell two meanings of one status apart. */
  readonly causes: readonly { readonly reason?: string; readonly message?: string }[];
  readonly retryAfterMs: number | null;
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: Refusal['causes']; readonly retryAfterSeconds?: number } | null;
}

/** Null when there was no answer at all: network, time limit, credentials that cannot be read. */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof ApiException)) return null;
  const status = statusBody(error.body);
  const seconds = Number(error.headers['retry-after'] ?? status.details?.retryAfterSeconds ?? NaN);
  return {
    status: error.code,
    message: status.message ?? `HTTP ${error.code}`,
    causes: status.details?.causes ?? [],
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null,
  };
}

/** The client hands out the text of the body, or the object it made of it; a proxy's page is neither. */
function statusBody(body: unknown): Status {
  if (typeof body === 'object' && body !== null) return body;
  try {
    const parsed: unknown = JSON.parse(String(body));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** Which of our errors a refused or unanswered call is; `doing` names the call for people. */
export function toSmartScaleError(error: unknown, doing: string): SmartScaleError {
  if (error instanceof SmartScaleError) return error;
  const refusal = refusalOf(error);
  if (refusal !== null) {
    return new SmartScaleError(codeOf(refusal.status), `${doing}: ${refusal.status} ${refusal.message}`, {
      cause: error,
    });
  }
  return new SmartScaleError('kubernetes-unreachable', `${doing}: ${wordsOf(error)}`, { cause: error });
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'kubernetes-forbidden';
  // Conflict, expired list, flow control and everything from 500 on pass by themselves.
  if ([408, 409, 410, 429].includes(status) || status >= 500) return 'kubernetes-unreachable';
  return 'kubernetes-rejected';
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'AbortError' ? 'no answer within the time limit' : error.message;
}

/** 409 has several reasons; this one says that the object with our uid is no more. */
export function isOtherUid(refusal: Refusal): boolean {
  return refusal.status === 409 && refusal.message.includes('UID in the precondition');
}
