import { z } from 'zod';
import { SmartScaleError } from '../errors';
import type { RawAlert } from './scaling-alert';

const texts = z.record(z.string(), z.string());
const time = z.iso
  .datetime({ offset: true, error: 'must be a time as in RFC 3339' })
  .transform((text) => Date.parse(text));
const filled = z.string().min(1, 'must not be empty');

const alert = z.object({
  status: z.enum(['firing', 'resolved'], 'must be "firing" or "resolved"'),
  labels: texts,
  // Go writes an empty map as null if nobody made it.
  annotations: texts.nullish().transform((given) => given ?? {}),
  startsAt: time,
  fingerprint: filled,
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

/** Of a body with hundreds of alerts, that many wrong fields say enough. */
const NAMED = 5;

/** Throws SmartScaleError `bad-payload` that names the fields that are wrong; nothing of the body is repeated in it. */
export function parsePayload(body: unknown): Payload {
  const parsed = payload.safeParse(body);
  if (parsed.success) return parsed.data;
  const named = parsed.error.issues
    .slice(0, NAMED)
    .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  const more = parsed.error.issues.length - named.length;
  throw new SmartScaleError('bad-payload', [...named, ...(more > 0 ? [`${more} more`] : [])].join('; '));
}
