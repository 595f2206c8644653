/**
 * An operation as it is stored. All open operations of a pool share one item of at most 400 KB, 100 of them may be open, so
 * each stays under 2 KB: texts that others write (an error's message, a rule's name) are cut here and nowhere else.
 */
import { LONGEST_DETAIL, type Operation } from '../../model/operation';

/** Bytes of UTF-8. */
const LONGEST = { message: 172, reason: 40, alert: 64 } as const;

/** What both stores keep of an operation; the same object when nothing is too long. */
export function fitOperation(operation: Operation): Operation {
  const { lastError, reason, detail, trigger } = operation;
  return {
    ...operation,
    trigger: { ...trigger, alert: cut(trigger.alert, LONGEST.alert), nodes: storable(trigger.nodes) },
    ...(lastError && { lastError: { ...lastError, message: cut(lastError.message, LONGEST.message) } }),
    ...(reason !== undefined && { reason: cut(reason, LONGEST.reason) }),
    ...(detail !== undefined && { detail: cut(detail, LONGEST_DETAIL[operation.kind]) }),
  };
}

/** At most `bytes` long, with an ellipsis where something is missing, and no half character. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const head = Buffer.from(text).subarray(0, bytes - Buffer.byteLength('…'));
  return `${head.toString().replace(/\uFFFD+$/, '')}…`;
}

/** A rule may ask for 1e300 nodes: shown to people, clamped by decisions, but outside the numbers of DynamoDB. */
function storable(nodes: number | null): number | null {
  if (nodes === null) return null;
  return nodes < 1e-9 ? 0 : Math.min(nodes, Number.MAX_SAFE_INTEGER);
}
