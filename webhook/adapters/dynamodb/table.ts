/** The one definition of the table: the stack deploys it, the embedded store creates it, the adapter writes to it. */
export const TABLE = {
  /** String. `<cluster>#<pool>`, or `<cluster>` for what belongs to a whole cluster. */
  partitionKey: 'pk',
  /** String. Kind of the row, see keys.ts. */
  sortKey: 'sk',
  /** Number, epoch seconds: DynamoDB removes the row some time after it, up to 48 h late. */
  ttl: 'expiresAt',
} as const;

/** The name that stack, simulator and configuration use unless told otherwise. */
export const DEFAULT_TABLE_NAME = 'smartscale';

/** Days until DynamoDB may remove a row; rows of other kinds stay. */
export const RETENTION_DAYS = { attempt: 30, history: 90, joined: 90, cost: 400, console: 30 } as const;

/** The value of the TTL attribute for a row of time `at` (epoch milliseconds). */
export function expiresAt(at: number, kind: keyof typeof RETENTION_DAYS): number {
  return Math.floor(at / 1000) + RETENTION_DAYS[kind] * 86_400;
}
