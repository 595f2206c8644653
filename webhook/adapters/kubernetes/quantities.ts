/** Kubernetes quantities as numbers. Source of the grammar: k8s.io/apimachinery/pkg/api/resource. */
import { SmartScaleError } from '../../errors';

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/**
 * "1500m" -> 1.5, "4Gi" -> 4294967296, "1e3" -> 1000; absent -> 0.
 * Throws `kubernetes-rejected` for anything else: an unreadable number must not become a zero.
 */
export function parseQuantity(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, digits, exponent = '', suffix = ''] = QUANTITY.exec(text) ?? [];
  const factor = FACTORS[suffix];
  if (digits === undefined || factor === undefined) {
    throw new SmartScaleError('kubernetes-rejected', `"${text}" is no Kubernetes quantity`);
  }
  const number = Number(digits + exponent);
  // 9 * 0.001 is 0.009000000000000001: dividing keeps what was written.
  return factor < 1 ? number / Math.round(1 / factor) : number * factor;
}
