import type { Curve } from './curve';
import { endOf } from './curve';
import type { Script } from './script';
import type { WorkloadModel } from './workload-model';

const MIB = 2 ** 20;

/** Seconds of real life; cores of the whole shop. */
export interface FlashSale {
  readonly baselineSeconds: number;
  readonly riseSeconds: number;
  readonly plateauSeconds: number;
  readonly fallSeconds: number;
  /** After the fall, at the baseline again. */
  readonly restSeconds: number;
  readonly baselineCores: number;
  readonly peakCores: number;
}

export const FLASH_SALE: FlashSale = {
  baselineSeconds: 180,
  riseSeconds: 120,
  plateauSeconds: 900,
  fallSeconds: 180,
  restSeconds: 1800,
  baselineCores: 1.2,
  peakCores: 9,
};

/** Cores wanted by the whole shop: level, steep rise, level, fall, level. */
export function flashSaleCurve(sale: FlashSale): Curve {
  const rises = sale.baselineSeconds;
  const peaks = rises + sale.riseSeconds;
  const falls = peaks + sale.plateauSeconds;
  const rests = falls + sale.fallSeconds;
  return [
    [0, sale.baselineCores],
    [rises, sale.baselineCores],
    [peaks, sale.peakCores],
    [falls, sale.peakCores],
    [rests, sale.baselineCores],
    [rests + sale.restSeconds, sale.baselineCores],
  ];
}

/**
 * A web shop in the pool `pool` whose autoscaler follows the demand (0.3 busy cores a pod, which asks for 0.45), beside
 * a small steady service. A budget lets one pod in ten of the shop go at a time.
 */
export function flashSale(overrides: Partial<FlashSale> = {}, pool = 'workers'): Script {
  const demand = flashSaleCurve({ ...FLASH_SALE, ...overrides });
  return {
    name: 'flash-sale',
    durationSeconds: endOf(demand),
    workloads: [shop(demand, pool), catalogueSearch(pool)],
    actions: [],
  };
}

function shop(demand: Curve, pool: string): WorkloadModel {
  return {
    name: 'shop',
    namespace: 'default',
    pool,
    requests: { cpu: '450m', memory: '512Mi' },
    replicas: { cpuPerPod: 0.3, min: 3, max: 60 },
    cpu: { total: demand },
    memory: { perPod: 400 * MIB },
    budget: { maxUnavailable: '10%' },
  };
}

function catalogueSearch(pool: string): WorkloadModel {
  return {
    name: 'catalogue-search',
    namespace: 'default',
    pool,
    requests: { cpu: '200m', memory: '256Mi' },
    replicas: 2,
    cpu: { perPod: 0.1 },
    memory: { perPod: 200 * MIB },
    budget: { minAvailable: 1 },
  };
}
