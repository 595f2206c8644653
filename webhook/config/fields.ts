/** Kinds of values in the configuration. Each message completes "key: ... , not what was written". */
import { z } from 'zod';
import { parseDuration } from './duration';
import { parseBytes, parseCores } from './quantity';

/** A map whose keys are known: any other key is an error. */
export function section<S extends z.core.$ZodLooseShape>(shape: S, otherwise = 'must be a map of keys') {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `the keys here are ${keys}` : otherwise),
  });
}

/** A map from names of the operator's choice, at least one; the names themselves are a cross check. */
export function named<T extends z.ZodType>(value: T) {
  return z
    .record(z.string(), value, 'must be a map of names')
    .refine((entries) => Object.keys(entries).length > 0, 'must have at least one entry');
}

export function text(what = 'must be text') {
  return z.string(what).min(1, what);
}

/** Text of this form. */
export function textLike(form: RegExp, what: string) {
  return z.string(what).regex(form, what);
}

export function whole(least: number, most: number) {
  const what = `must be a whole number from ${least} to ${most}`;
  return z.int(what).min(least, what).max(most, what);
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

export function list<T extends z.ZodType>(element: T, most: number, least = 1) {
  const what = `must be a list of ${least} to ${most} entries`;
  return z.array(element, what).min(least, what).max(most, what);
}

export const yesOrNo = z.boolean('must be true or false');
export const texts = z.record(
  z.string(),
  z.string('must be text, in quotes if it looks like a number'),
  'must be a map',
);

const DOLLARS = 'must be US dollars, a number greater than 0 and of at most 1000000';
export const dollars = z.number(DOLLARS).positive(DOLLARS).max(1_000_000, DOLLARS);
/** By instance type. */
export const dollarsByType = z.record(z.string(), dollars, 'must be a map from instance types to dollars an hour');

const WEB = 'must be an address such as http://127.0.0.1:9093';
export const url = z.url({ protocol: /^https?$/, error: WEB });

const REDIS =
  'must be an address such as redis://127.0.0.1:6379, or rediss://... for TLS, a number of a database behind it';

/** No password, which would be written down; no query, which some clients take for options. */
export const redisUrl = z.url({ protocol: /^rediss?$/, error: REDIS, abort: true }).refine((written) => {
  const { hostname, pathname, password, search, hash } = new URL(written);
  return hostname !== '' && /^(\/\d{0,5})?$/.test(pathname) && password + search + hash === '';
}, `${REDIS}, and nothing else: the password has a key of its own`);

/** Local time of day. */
export const timeOfDay = textLike(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:30');
export const endOfDay = textLike(
  /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/,
  'must be a time of day such as 08:30, or 24:00',
);

const ZONE = 'must be the name of a time zone such as Europe/Berlin or UTC';
/** As this machine knows them. */
export const timeZone = z.string(ZONE).refine(isTimeZone, ZONE);

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Timers take 32 bits of milliseconds, 24 days: longer ones fire at once. */
const LONGEST = 7 * 86_400_000;
const DURATION = 'must be a length of time with its unit, such as 250ms, 90s, 5m or 1h30m, of at most 7d';

/** Output in milliseconds. */
export function duration(byDefault: string) {
  return lengthOfTime(1, `${DURATION} and more than 0s`).prefault(byDefault);
}

/** One that may be left out. */
export function optionalDuration() {
  return lengthOfTime(1, `${DURATION} and more than 0s`).exactOptional();
}

/** A duration that may be "0s". */
export function durationOrNone(byDefault: string) {
  return lengthOfTime(0, DURATION).prefault(byDefault);
}

function lengthOfTime(least: number, what: string) {
  return z
    .string(what)
    .refine((written) => {
      const ms = parseDuration(written);
      return ms !== null && ms >= least && ms <= LONGEST;
    }, what)
    .transform((written) => parseDuration(written) ?? 0);
}

/** Output in bytes. */
export const bytes = amount(parseBytes, 'must be an amount of memory such as 7500Mi or 8Gi');
/** Output in cores. */
export const cores = amount(parseCores, 'must be an amount of CPU such as 2, 1.93 or 1930m');

function amount(parse: (written: string | number) => number | null, what: string) {
  return z
    .union([z.string(), z.number()], what)
    .refine((written) => (parse(written) ?? 0) > 0, what)
    .transform((written) => parse(written) ?? 0);
}
