/**
 * Reads the pool item back into the model. It is checked, although only this adapter writes it: an older or newer version of
 * the service, or a person with the AWS console, may have, and a wrong shape deep inside an operation would surface as a
 * TypeError in the middle of a drain. Unknown attributes of operations are kept, so that a version that is rolled back
 * does not strip what a newer one wrote.
 */
import { z } from 'zod';
import { ERRORS, SmartScaleError, type ErrorCode } from '../../errors';
import { SCALE_DOWN_PHASES, SCALE_UP_PHASES, type Operation } from '../../model/operation';
import type { PoolState } from '../../model/pool';

/** One that only a newer version knows must not make the pool unreadable. */
const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).catch('internal');

const fault = z.looseObject({
  code: errorCode,
  retryable: z.boolean(),
  message: z.string(),
});

const common = {
  id: z.string(),
  revision: z.number(),
  owner: z.string(),
  ownerUntil: z.number(),
  acceptedAt: z.number(),
  phaseAt: z.number(),
  trigger: z.looseObject({
    alert: z.string(),
    nodes: z.number().nullable(),
    have: z.number(),
    urgent: z.boolean(),
    topUp: z.boolean(),
    heardAt: z.number(),
  }),
  lastError: fault.exactOptional(),
  reason: z.string().exactOptional(),
  detail: z.string().exactOptional(),
};

const launchedInstance = z.looseObject({
  id: z.string(),
  zone: z.string().exactOptional(),
  joinedAt: z.number().exactOptional(),
  goneAt: z.number().exactOptional(),
  missingSince: z.number().exactOptional(),
  ended: z.looseObject({ class: errorCode, type: z.string(), spot: z.boolean() }).exactOptional(),
});

const scaleUp = z.looseObject({
  ...common,
  kind: z.literal('scale-up'),
  phase: z.enum(SCALE_UP_PHASES),
  planned: z.number(),
  attempt: z.number(),
  settled: z.number().exactOptional(),
  elsewhere: z.literal(true).exactOptional(),
  answered: z.boolean(),
  launchedAt: z.number().exactOptional(),
  instances: z.array(launchedInstance),
  consolesKept: z.literal(true).exactOptional(),
  quietSince: z.number().exactOptional(),
  podSet: z.string().exactOptional(),
  zones: z.array(z.string()).exactOptional(),
  replaces: z.object({ instanceId: z.string(), drain: z.string().exactOptional() }).exactOptional(),
});

const scaleDown = z.looseObject({
  ...common,
  kind: z.literal('scale-down'),
  phase: z.enum(SCALE_DOWN_PHASES),
  node: z.looseObject({ name: z.string(), uid: z.string(), instanceId: z.string() }).nullable(),
  confirmedAt: z.number().exactOptional(),
  deadline: z.number().nullable(),
  cancelledBy: z.string().exactOptional(),
  forced: z.literal(true).exactOptional(),
  exchanged: z.literal(true).exactOptional(),
  notice: z.object({ kind: z.enum(['interruption', 'maintenance']), at: z.number() }).exactOptional(),
  terminateSentAt: z.number().exactOptional(),
  evicted: z.number(),
  pods: z.number().exactOptional(),
  emptiedAt: z.number().exactOptional(),
  failingSince: z.number().exactOptional(),
});

const operation = z.discriminatedUnion('kind', [scaleUp, scaleDown]) satisfies z.ZodType<Operation>;

const pause = z.object({ until: z.number().nullable(), by: z.string(), reason: z.string(), since: z.number() });

const poolItem = z.object({
  version: z.number().min(1),
  operations: z.record(z.string(), operation),
  upClosedAt: z.number().exactOptional(),
  closedAt: z.number().exactOptional(),
  backoff: z.object({ failures: z.number(), until: z.number(), cause: z.string().exactOptional() }).exactOptional(),
  upAcceptedAt: z.number().exactOptional(),
  servedPods: z.object({ podSet: z.string(), at: z.number() }).exactOptional(),
  lastExchange: z.object({ step: z.enum(['launch', 'give-back', 'taken-back']), at: z.number() }).exactOptional(),
  // Attributes of their own: a pause may be the first thing ever written, and a path into a missing map is an error.
  pauseUp: pause.exactOptional(),
  pauseDown: pause.exactOptional(),
});

/** @throws SmartScaleError `internal` that names the attribute, when the item is not one that this version can read. */
export function decodePoolItem(item: Record<string, unknown>): PoolState {
  const { pauseUp, pauseDown, ...state } = decode(poolItem, item);
  return { ...state, pauses: { ...(pauseUp && { up: pauseUp }), ...(pauseDown && { down: pauseDown }) } };
}

/** @throws SmartScaleError `internal` that names the row and the attribute. */
export function decode<T>(schema: z.ZodType<T>, item: Record<string, unknown>): T {
  const result = schema.safeParse(item);
  if (result.success) return result.data;
  const mistakes = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new SmartScaleError(
    'internal',
    `the stored row ${String(item['pk'])} / ${String(item['sk'])} cannot be read: ${mistakes.join('; ')}`,
  );
}
