/** The shapes of Alertmanager's API v2, as far as we read them. Source: api/v2/openapi.yaml of Alertmanager 0.25 to 0.33. */
import { z } from 'zod';
import type { ApiAlert, Silence } from '../../model/alert';

const texts = z.record(z.string(), z.string());
/** RFC 3339, to epoch milliseconds. */
const time = z.iso.datetime({ offset: true }).transform((written) => Date.parse(written));

const alert = z
  .object({
    fingerprint: z.string().min(1),
    labels: texts,
    annotations: texts,
    startsAt: time,
    updatedAt: time,
    endsAt: time,
    receivers: z.array(z.object({ name: z.string() })),
    status: z.object({ silencedBy: z.array(z.string()), inhibitedBy: z.array(z.string()) }),
  })
  .transform(({ receivers, status, ...rest }): ApiAlert => ({
    ...rest,
    receivers: receivers.map(({ name }) => name),
    silencedBy: status.silencedBy,
    inhibitedBy: status.inhibitedBy,
  }));

const silence = z.object({ id: z.string().min(1), endsAt: time, createdBy: z.string(), comment: z.string() });

export const alertList = z.array(alert);
export const silenceList: z.ZodType<readonly Silence[]> = z.array(silence);
