/** The error answers of a Kubernetes API server, as recorded from v1.34: a Status object with code, reason and details. */

export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

interface StatusParts {
  readonly code: number;
  readonly message: string;
  /** Absent where the real server has none, for example two budgets on one pod. */
  readonly reason?: string;
  readonly details?: StatusDetails;
  /** List metadata: the 410 of a list carries a token to go on with. */
  readonly continue?: string;
}

export class ApiError extends Error {
  constructor(private readonly parts: StatusParts) {
    super(parts.message);
    this.name = 'ApiError';
  }

  get code(): number {
    return this.parts.code;
  }

  get reason(): string | undefined {
    return this.parts.reason;
  }

  /** Seconds; also sent as the header. */
  get retryAfter(): number | undefined {
    return this.parts.details?.retryAfterSeconds;
  }

  get details(): StatusDetails | undefined {
    return this.parts.details;
  }

  /** The Status object. */
  toJSON(): Record<string, unknown> {
    const { continue: token, code, message, reason, details } = this.parts;
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: token === undefined ? {} : { continue: token },
      status: 'Failure',
      message,
      ...(reason !== undefined && { reason }),
      ...(details !== undefined && { details }),
      code,
    };
  }
}

export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: 'BadRequest', message });
}

/** `kind` is the resource name in this answer: `nodes "x" not found`. */
export function notFound(kind: string, name: string, group = ''): ApiError {
  const details = { name, ...(group !== '' && { group }), kind };
  return new ApiError({
    code: 404,
    reason: 'NotFound',
    message: `${qualified(kind, group)} "${name}" not found`,
    details,
  });
}

export function alreadyExists(kind: string, name: string, group = ''): ApiError {
  const details = { name, ...(group !== '' && { group }), kind };
  const message = `${qualified(kind, group)} "${name}" already exists`;
  return new ApiError({ code: 409, reason: 'AlreadyExists', message, details });
}

/** `kind` is the resource name for a stale patch and the kind for a failed DELETE precondition, as on the real server. */
export function conflict(kind: string, name: string, why: string, group = ''): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(kind, group)} "${name}": ${why}`;
  const details = { name, ...(group !== '' && { group }), kind };
  return new ApiError({ code: 409, reason: 'Conflict', message, details });
}

/** Causes are given once each; the real server lists each of an update twice and names it once in the message. */
export function invalid(
  kind: string,
  name: string,
  causes: readonly (StatusCause & { readonly field: string })[],
): ApiError {
  const texts = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const what = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `${kind} "${name}" is invalid: ${what}`,
    details: { name, kind, causes },
  });
}

/** All that a JSON patch which does not apply gets: a failed `test` and an `add` to a missing list look alike. */
export function unprocessable(): ApiError {
  const message = 'the server rejected our request due to an error in our request';
  return new ApiError({ code: 422, reason: 'Invalid', message, details: {} });
}

export function tooManyRequests(cause: StatusCause, retryAfterSeconds?: number): ApiError {
  return new ApiError({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [cause], ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) },
  });
}

function qualified(kind: string, group: string): string {
  return group === '' ? kind : `${kind}.${group}`;
}
