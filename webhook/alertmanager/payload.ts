import { z } from 'zod';
import { SmartScaleError } from '../errors';
import type { RawAlert } from './scaling-alert';

type Texts = Readonly<Record<string, string>>;

/** A map of texts. Of a hundred thousand that are none the first is named: to list them all takes seconds. */
const texts = z.unknown().transform((given, context): Texts => {
  const isMap = typeof given === 'object' && given !== null && !Array.isArray(given);
  const wrong = isMap ? Object.entries(given).find(([, value]) => typeof value !== 'string') : undefined;
  if (isMap && !wrong) return given as Texts;
  const [path, message] = wrong ? [[wrong[0]], 'must be text'] : [[], 'must be a map of texts'];
  context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});
const time = z.iso
  .datetime({ offset: true, error: 'must be a time as in RFC 3339' })
  .transform((text) => Date.parse(text));
const filled = z.string('must be text').min(1, 'must not be empty');

const alert = z.object({
  status: z.enum(['firing', 'resolved'], 'must be "firing" or "resolved"'),
  labels: texts,
  // Go writes an empty map as null if nobody made it.
  annotations: z.preprocess((given) => given ?? {}, texts),
  startsAt: time,
  fingerprint: filled.max(100, 'must not be longer than 100 characters'),
});

/**
 * Webhook payload of Alertmanager, version "4". Newer releases add fields under the same number (notification_reason in
 * 0.32, routeLabels in 0.34), so unknown ones are accepted. Source: prometheus.io/docs/alerting/latest/configuration.
 */
const payload = z.object(
  {
    version: z.literal('4', 'must be "4"'),
    groupKey: filled,
    receiver: z.string().default(''),
    truncatedAlerts: z.number().int().min(0).default(0),
    alerts: z.array(alert),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be a JSON object' : undefined) },
);

export interface PostedAlert extends RawAlert {
  readonly status: 'firing' | 'resolved';
}

export interface Payload {
  readonly groupKey: string;
  readonly receiver: string;
  /** Above zero the post is incomplete: max_alerts must be 0. */
  readonly truncatedAlerts: number;
  readonly alerts: readonly PostedAlert[];
}

/** Alertmanager writes some 400 bytes for each, 2,600 in a megabyte: what holds more is not from there, and costs seconds. */
const MOST_ALERTS = 5000;
/** Of a body with hundreds of alerts, that many wrong fields say enough. */
const NAMED = 5;

/**
 * Throws SmartScaleError `bad-payload` that names the fields that are wrong, or `body-too-large`. Nothing of the body is
 * repeated in it but the name of a label.
 */
export function parsePayload(body: unknown): Payload {
  if (alertsIn(body) > MOST_ALERTS) {
    throw new SmartScaleError('body-too-large', `the body holds more than ${MOST_ALERTS} alerts`);
  }
  const parsed = payload.safeParse(body);
  if (parsed.success) return parsed.data;
  const named = parsed.error.issues.slice(0, NAMED).map(({ path, message }) => `${placeOf(path)}: ${message}`);
  const more = parsed.error.issues.length - named.length;
  throw new SmartScaleError('bad-payload', [...named, ...(more > 0 ? [`${more} more`] : [])].join('; '));
}

function alertsIn(body: unknown): number {
  const isList = typeof body === 'object' && body !== null && 'alerts' in body && Array.isArray(body.alerts);
  return isList ? (body.alerts as readonly unknown[]).length : 0;
}

/** A label of another form than Prometheus allows is not named: it may be anything. */
function placeOf(path: readonly PropertyKey[]): string {
  return path.map((step) => (/^\w{1,64}$/.test(String(step)) ? String(step) : '?')).join('.') || 'body';
}
