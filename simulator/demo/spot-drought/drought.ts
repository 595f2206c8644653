/** The drought that the demo plays: two pools with the same load, one of which loses its spot capacity. */
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID } from '../../ec2/settings';
import { machineResources } from '../../machine';
import type { PoolOverrides } from '../../stage/webhook-config';
import { flashSale } from '../../workload/flash-sale';
import type { Script } from '../../workload/script';
import type { WorkloadModel } from '../../workload/workload-model';

/** Loses its spot capacity. */
export const DRY = 'dry';
/** Has the same load and all the spot it wants: what it would have been like. */
export const WET = 'wet';

/** Machines of one shape, so that only the capacity differs. */
const TYPES = { [DRY]: ['m6i.large', 'm6a.large'], [WET]: ['t3.large'] } as const;

export const LIMITS = { min: 2, max: 8, maxSurge: 2 } as const;

/** Seconds of the script. */
export const DROUGHT = {
  firstZoneAt: 180,
  everywhereAt: 300,
  takenAt: 600,
  /** Between EC2's notice and its end. */
  warning: 120,
  endsAt: 900,
} as const;

/** Nodes that EC2 takes. */
export const TAKEN = 2;

const LOAD = {
  baselineSeconds: 240,
  riseSeconds: 180,
  plateauSeconds: 900,
  fallSeconds: 60,
  restSeconds: 0,
  baselineCores: 1.2,
  peakCores: 6,
} as const;

const ZONES = DEFAULT_SETTINGS.subnets.map(({ zone }) => zone);

export const DROUGHT_POOLS: Readonly<Record<string, PoolOverrides>> = {
  [DRY]: poolOf(DRY),
  [WET]: poolOf(WET),
};

function poolOf(pool: typeof DRY | typeof WET): PoolOverrides {
  const smallest = DEFAULT_SETTINGS.instanceTypes.find(({ name }) => name === TYPES[pool][0]);
  if (!smallest) throw new Error(`the simulator has no instance type ${TYPES[pool][0]}`);
  const { cpu, memory, pods } = machineResources(smallest);
  return {
    ...LIMITS,
    node: { allocatable: { cpu: Number(cpu), memory, pods: Number(pods) } },
    launch: {
      template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
      subnets: DEFAULT_SETTINGS.subnets.map(({ id, zone }) => ({ id, zone })),
      instanceTypes: TYPES[pool],
      capacity: 'spot',
    },
  };
}

/** The same shop in both pools, and the drought in one of them. */
export function droughtScript(): Script {
  const shops = [DRY, WET].map((pool) => flashSale(LOAD, pool));
  return {
    name: 'spot-drought',
    durationSeconds: DROUGHT.endsAt,
    workloads: shops.flatMap(({ workloads }) => workloads.map(onSpot)),
    actions: [...runsOut(ZONES.slice(0, 1), DROUGHT.firstZoneAt), ...runsOut(ZONES.slice(1), DROUGHT.everywhereAt)],
  };
}

/**
 * Two minutes are short: what runs on spot lets half of its pods go at a time. A budget that lets one go and then waits
 * would be asked again after ten seconds, which no time scale makes shorter.
 */
function onSpot(model: WorkloadModel): WorkloadModel {
  const { budget: _ofTheSale, ...rest } = model;
  const budget = typeof model.replicas === 'number' ? {} : { budget: { maxUnavailable: '50%' } };
  return { ...rest, name: `${model.name}-${model.pool}`, ...budget };
}

/** There is none left to be had; what runs goes on. */
function runsOut(zones: readonly string[], atSeconds: number): Script['actions'] {
  return zones.flatMap((zone) =>
    TYPES[DRY].map((type) => ({
      atSeconds,
      action: { kind: 'capacity' as const, capacityType: 'spot' as const, type, zone, free: 0 },
    })),
  );
}
