/** The flash sale that the demo plays. */
import { flashSale, flashSaleCurve, FLASH_SALE, type FlashSale } from '../../workload/flash-sale';
import type { Script } from '../../workload/script';

export const POOL = 'workers';

export const LIMITS = { min: 2, max: 10 } as const;

export const SALE: FlashSale = {
  ...FLASH_SALE,
  baselineSeconds: 300,
  riseSeconds: 120,
  plateauSeconds: 720,
  fallSeconds: 120,
  restSeconds: 3000,
};

/** The webhook's configuration of the pool: shipped defaults but for two drains at a time. */
export const POOL_CONFIG = { ...LIMITS, maxConcurrentDrains: 2 } as const;

export function saleScript(): Script {
  return flashSale(SALE, POOL);
}

/** Seconds of the script at which the plateau begins and ends. */
export function plateau(): { readonly from: number; readonly to: number } {
  const [, , peaks, falls] = flashSaleCurve(SALE);
  return { from: peaks?.[0] ?? 0, to: falls?.[0] ?? 0 };
}
