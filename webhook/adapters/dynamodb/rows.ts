/**
 * Attempts and history as rows. Their content is one JSON text: a request must leave as it was stored, down to the order of
 * its keys, because EC2 compares it with the first under the same token and DynamoDB's maps have no order; and what a rule
 * sends (1e300 nodes) need not fit DynamoDB's numbers.
 */
import { z } from 'zod';
import type { OfferingMark } from '../../model/offering';
import type { MonthCost } from '../../model/month-cost';
import type { Attempt, ConsoleRow, HistoryRow } from '../../ports';
import { decode } from './pool-item';
import { expiresAt } from './table';
import type { Row } from './dynamo-table';

const attemptRow = z.object({
  operation: z.string(),
  number: z.number(),
  launches: z.string(),
  at: z.number(),
});

const historyRow = z.object({
  at: z.number(),
  id: z.string(),
  kind: z.enum(['decision', 'operation', 'sweep', 'pause']),
  data: z.string(),
  revision: z.number().exactOptional(),
});

const markRow = z.object({
  kind: z.enum(['no-capacity', 'quota', 'no-addresses', 'not-offered', 'not-allowed']),
  scope: z.object({
    instanceType: z.string().exactOptional(),
    zone: z.string().exactOptional(),
    capacity: z.enum(['spot', 'on-demand']).exactOptional(),
  }),
  at: z.number(),
  until: z.number(),
  failures: z.number(),
  by: z.string(),
});

const costRow = z.object({
  month: z.string(),
  revision: z.number(),
  from: z.number(),
  through: z.number(),
  instanceHours: z.number(),
  unpricedHours: z.number(),
  spent: z.number(),
  comparable: z.number(),
  onDemand: z.number(),
  staticFleet: z.number(),
  staticUnknownMs: z.number(),
  unseenMs: z.number(),
});

export function encodeCost(cost: MonthCost): Row {
  return { ...cost, expiresAt: expiresAt(cost.through, 'cost') };
}

/** @throws SmartScaleError `internal` for a row of another shape. */
export function decodeCost(row: Row): MonthCost {
  return decode(costRow, row);
}

export function encodeAttempt(attempt: Attempt): Row {
  return { ...attempt, launches: JSON.stringify(attempt.launches), expiresAt: expiresAt(attempt.at, 'attempt') };
}

/** @throws SmartScaleError `internal` for a row of another shape. */
export function decodeAttempt(row: Row): Attempt {
  const { launches, ...rest } = decode(attemptRow, row);
  return { ...rest, launches: JSON.parse(launches) as Attempt['launches'] };
}

export function encodeMark(mark: OfferingMark, keptUntil: number): Row {
  return { ...mark, expiresAt: Math.ceil(keptUntil / 1000) };
}

/** @throws SmartScaleError `internal` for a row of another shape. */
export function decodeMark(row: Row): OfferingMark {
  return decode(markRow, row);
}

const consoleRow = z.object({ instanceId: z.string(), operation: z.string(), at: z.number(), text: z.string() });

export function encodeConsole(row: ConsoleRow): Row {
  return { ...row, expiresAt: expiresAt(row.at, 'console') };
}

/** @throws SmartScaleError `internal` for a row of another shape. */
export function decodeConsole(row: Row): ConsoleRow {
  return decode(consoleRow, row);
}

export function encodeHistory(row: HistoryRow): Row {
  return { ...row, data: JSON.stringify(row.data), expiresAt: expiresAt(row.at, 'history') };
}

/** @throws SmartScaleError `internal` for a row of another shape. */
export function decodeHistory(row: Row): HistoryRow {
  const { data, ...rest } = decode(historyRow, row);
  return { ...rest, data: JSON.parse(data) as HistoryRow['data'] };
}
