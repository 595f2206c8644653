import { SmartScaleError } from '../../errors';
import type { InstantData } from './api';

/** The number that the query gave. Throws SmartScaleError when it gave none, or more than one. */
export function onlyNumber(data: InstantData): number {
  switch (data.resultType) {
    case 'scalar':
      return numberOf(data.result[1]);
    case 'vector':
      return numberOf(onlyValue(data.result));
    default:
      throw new SmartScaleError('request-query-unusable', `the query gives a ${data.resultType}, not a number`);
  }
}

function onlyValue(series: Extract<InstantData, { resultType: 'vector' }>['result']): string {
  const [first] = series;
  if (!first) throw new SmartScaleError('request-rate-unknown', 'the query gives no series');
  if (series.length > 1) {
    throw new SmartScaleError(
      'request-query-unusable',
      `the query gives ${series.length} series, not one: sum them up`,
    );
  }
  if (!first.value) throw new SmartScaleError('request-query-unusable', 'the query gives a histogram, not a number');
  return first.value[1];
}

/** "NaN", "+Inf" and "-Inf" are what Prometheus writes. */
function numberOf(written: string): number {
  const number = Number(written);
  if (!Number.isFinite(number)) throw new SmartScaleError('request-rate-unknown', `the query gives ${written}`);
  if (number === 0) throw new SmartScaleError('request-rate-unknown', 'the query gives 0: nobody asks anything');
  if (number < 0) throw new SmartScaleError('request-query-unusable', `the query gives ${written}, less than nothing`);
  return number;
}
