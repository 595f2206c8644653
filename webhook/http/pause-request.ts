import { z } from 'zod';
import { parseDuration } from '../config/duration';
import { SmartScaleError } from '../errors';
import { isOneLine, oneLine } from '../model/one-line';
import type { PauseOrder } from './deps';

/** One line of text that people will read on a terminal. */
const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(longest, `must not be longer than ${longest} characters`)
    .refine(isOneLine, 'must be one line of text');

const order = {
  cluster: line(63).exactOptional(),
  pool: line(63).exactOptional(),
  direction: z.enum(['up', 'down', 'both'], 'must be "up", "down" or "both"'),
  by: line(100),
};

const pause = z.strictObject({ ...order, reason: line(300), until: z.string().nullable().default(null) });
const resume = z.strictObject({ ...order, reason: line(300).default('resumed') });

export interface Caller {
  /** The cluster of the token, null when nobody was asked for one. */
  readonly cluster: string | null;
  /** All that are configured. */
  readonly clusters: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The body of POST /pause. Throws SmartScaleError `bad-request` or, for a cluster that is not the token's, `unauthorized`. */
export function parsePause(body: unknown, caller: Caller): PauseOrder {
  const { until, ...rest } = parse(pause, body);
  return { ...rest, cluster: clusterOf(rest.cluster, caller), until: until === null ? null : endOf(until, caller.now) };
}

/** The body of POST /resume; errors as of `parsePause`. */
export function parseResume(body: unknown, caller: Caller): PauseOrder {
  const rest = parse(resume, body);
  return { ...rest, cluster: clusterOf(rest.cluster, caller), until: null };
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new SmartScaleError('bad-request', parsed.error.issues.map(problemOf).join('; '));
}

function problemOf(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.') || 'body';
  if (issue.code !== 'unrecognized_keys') return `${place}: ${issue.message}`;
  return `${place}: has keys that mean nothing here: ${oneLine(issue.keys.join(', '), 100)}`;
}

/** Absent: the token's cluster, else the only one. */
function clusterOf(named: string | undefined, { cluster, clusters }: Caller): string {
  const meant = named ?? cluster ?? (clusters.length === 1 ? clusters[0] : undefined);
  if (meant === undefined) {
    throw new SmartScaleError('bad-request', `cluster: name one of ${clusters.join(', ')}`);
  }
  if (cluster !== null && meant !== cluster) {
    throw new SmartScaleError('unauthorized', 'the token belongs to another cluster');
  }
  return meant;
}

const time = z.iso.datetime({ offset: true });

/** A time or a length of time from now. People's time: the time scale does not divide it. */
function endOf(until: string, now: number): number {
  const length = parseDuration(until);
  const end = length === null && time.safeParse(until).success ? Date.parse(until) : now + (length ?? NaN);
  if (Number.isNaN(end) || end > MAX_TIME) {
    throw new SmartScaleError(
      'bad-request',
      'until: must be a time such as 2026-01-31T18:00:00Z or a length such as 2h',
    );
  }
  if (end <= now) throw new SmartScaleError('bad-request', 'until: is over already');
  return end;
}

/** The last millisecond that a Date can hold. */
const MAX_TIME = 8.64e15;
