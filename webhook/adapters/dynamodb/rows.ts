/**
 * Attempts and history as rows. Their content is one JSON text: a request must leave as it was stored, down to the order of
 * its keys, because EC2 compares it with the first under the same token and DynamoDB's maps have no order; and what a rule
 * sends (1e300 nodes) need not fit DynamoDB's numbers.
 */
import { z } from 'zod';
import type { Attempt, FleetRequest, HistoryRow } from '../../ports';
import { decode } from './pool-item';
import { expiresAt } from './table';
import type { Row } from './dynamo-table';

const attemptRow = z.object({
  operation: z.string(),
  number: z.number(),
  token: z.string(),
  request: z.string(),
  at: z.number(),
});

const historyRow = z.object({
  at: z.number(),
  id: z.string(),
  kind: z.enum(['decision', 'operation', 'sweep', 'pause']),
  data: z.string(),
  revision: z.number().exactOptional(),
});

export function encodeAttempt(attempt: Attempt): Row {
  return { ...attempt, request: JSON.stringify(attempt.request), expiresAt: expiresAt(attempt.at, 'attempt') };
}

/** @throws SmartScaleError `internal` for a row of another shape. */
export function decodeAttempt(row: Row): Attempt {
  const { request, ...rest } = decode(attemptRow, row);
  return { ...rest, request: JSON.parse(request) as FleetRequest };
}

export function encodeHistory(row: HistoryRow): Row {
  return { ...row, data: JSON.stringify(row.data), expiresAt: expiresAt(row.at, 'history') };
}

/** @throws SmartScaleError `internal` for a row of another shape. */
export function decodeHistory(row: Row): HistoryRow {
  const { data, ...rest } = decode(historyRow, row);
  return { ...rest, data: JSON.parse(data) as HistoryRow['data'] };
}
