/** What Prometheus' HTTP API answers to an instant query, as far as we read it. Source: its documentation, "HTTP API". */
import { z } from 'zod';

/** Time and value; the value is text, since JSON has neither NaN nor infinity. */
const sample = z.tuple([z.number(), z.string()]);

export const instantAnswer = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('scalar'), result: sample }),
    // A native histogram has `histogram` in the place of `value`.
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: sample.optional() })) }),
    z.object({ resultType: z.enum(['matrix', 'string']), result: z.array(z.unknown()) }),
  ]),
});

export type InstantData = z.output<typeof instantAnswer>['data'];

/** Of a query that is refused. */
export const errorAnswer = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });
