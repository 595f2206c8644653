import { allocationOrder } from './allocation';
import type { Shortage } from './capacity';
import type { Catalogue } from './catalogue';
import { Ec2Error } from './ec2-error';
import type { CapacityType, SimInstance } from './ec2-types';
import { type FleetInput, type FleetPool, poolsOf, targetsOf } from './fleet-input';
import { type Launcher, type LaunchSpec, notOffered, type Place, templateTags } from './launcher';

export interface FleetLaunch {
  readonly pool: FleetPool;
  readonly place: Place;
  readonly instances: readonly SimInstance[];
}

export interface FleetFailure {
  readonly pool: FleetPool;
  readonly capacityType: CapacityType;
  readonly error: Shortage;
}

export interface FleetResult {
  readonly fleetId: string;
  readonly launched: readonly FleetLaunch[];
  readonly errors: readonly FleetFailure[];
}

/** What a launch works on. */
export interface LaunchWorld {
  readonly catalogue: Catalogue;
  readonly launcher: Launcher;
  readonly now: number;
}

/**
 * A fleet of type instant: one synchronous try over all pools in the order of the allocation strategy.
 * What could not be had is an entry in `errors` of a successful answer, even when nothing could be had at all; only a
 * request that is wrong as a whole is thrown. A pool that gave less than asked is listed though others made up for it.
 */
export function createInstantFleet(input: FleetInput, world: LaunchWorld): FleetResult {
  const pools = poolsOf(input, world.catalogue);
  const targets = targetsOf(input);
  const fleetId = `fleet-${world.launcher.id('').slice(1)}`;
  const parts = targets.map(([capacityType, target]) => {
    const candidates = pools.map((pool) => ({ pool, place: placeOf(pool, capacityType, world.catalogue) }));
    const unusable = candidates.flatMap(({ pool, place }) =>
      'code' in place && target > 0 ? [{ pool, capacityType, error: place }] : [],
    );
    const usable = candidates.flatMap(({ pool, place }) => ('code' in place ? [] : [{ pool, place }]));
    const order = allocationOrder(usable, input.strategies[capacityType], target, world.launcher);
    const { launched, errors } = launchInOrder(order, target, world, (pool) => specOf(pool, input, fleetId));
    return { launched, errors: [...unusable, ...errors] };
  });
  return {
    fleetId,
    launched: parts.flatMap(({ launched }) => launched),
    errors: parts.flatMap(({ errors }) => errors),
  };
}

function launchInOrder(
  candidates: readonly Pick<FleetLaunch, 'pool' | 'place'>[],
  target: number,
  { launcher, now }: LaunchWorld,
  spec: (pool: FleetPool) => LaunchSpec,
): Pick<FleetResult, 'launched' | 'errors'> {
  const launched: FleetLaunch[] = [];
  const errors: FleetFailure[] = [];
  let missing = target;
  for (const { pool, place } of candidates) {
    if (missing === 0) break;
    const { count, shortage } = launcher.available(place);
    const granted = Math.min(count, missing);
    if (granted < missing) errors.push({ pool, capacityType: place.capacityType, error: shortage });
    if (granted > 0) launched.push({ pool, place, instances: launcher.launch(place, spec(pool), granted, now) });
    missing -= granted;
  }
  return { launched, errors };
}

/** Where an override leads, or why it leads nowhere: such an error is the override's, not the request's. */
function placeOf(pool: FleetPool, capacityType: CapacityType, catalogue: Catalogue): Place | Shortage {
  try {
    const subnetId = pool.override.subnetId ?? pool.version.subnetId ?? '';
    const subnet = catalogue.subnet(subnetId);
    const type = catalogue.instanceType(pool.override.instanceType ?? pool.version.instanceType ?? '');
    if (pool.override.zone !== undefined && pool.override.zone !== subnet.zone) {
      return {
        code: 'InvalidParameterValue',
        message: `Subnet ${subnetId} is not in Availability Zone ${pool.override.zone}.`,
      };
    }
    if (!catalogue.isOffered(type, subnet.zone)) return notOffered(type, subnet);
    return { capacityType, type, subnet };
  } catch (error) {
    if (error instanceof Ec2Error) return { code: error.code, message: error.message };
    throw error;
  }
}

function specOf({ template, version }: FleetPool, input: FleetInput, fleetId: string): LaunchSpec {
  return {
    imageId: version.imageId,
    tags: {
      ...version.instanceTags,
      ...input.tags.instance,
      'aws:ec2:fleet-id': fleetId,
      ...templateTags(template, version),
    },
    ...(version.userData !== undefined && { userData: version.userData }),
  };
}
