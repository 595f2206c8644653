import { Ec2Cloud, type Ec2CloudOptions } from '../../../simulator/ec2/ec2-cloud';
import type { FleetInput } from '../../../simulator/ec2/fleet-input';
import type { RunInput } from '../../../simulator/ec2/run-instances';
import { DEFAULT_SETTINGS } from '../../../simulator/ec2/settings';
import { Ec2Error } from '../../../simulator/ec2/ec2-error';

export const START = Date.UTC(2026, 0, 5, 12);

const { subnets, launchTemplates } = DEFAULT_SETTINGS;
/** Of the three subnets, one a zone. */
export const [ZONE_A, ZONE_B] = triple(subnets.map(({ zone }) => zone));
export const [SUBNET_A, SUBNET_B, SUBNET_C] = triple(subnets.map(({ id }) => id));
export const TEMPLATE = launchTemplates[0]?.id ?? '';

function triple([a = '', b = '', c = '']: readonly string[]): readonly [string, string, string] {
  return [a, b, c];
}

/** A cloud whose clock is moved by hand: pending for 8 s, shutting down for 20 s, listed for an hour. */
export function aCloud(options: Omit<Partial<Ec2CloudOptions>, 'clock'> = {}) {
  let time = START;
  const cloud = new Ec2Cloud({ clock: { now: () => time }, pendingMs: 8_000, shuttingDownMs: 20_000, ...options });
  return { cloud, advance: (ms: number) => void (time += ms) };
}

interface FleetOptions extends Partial<FleetInput> {
  /** `type@subnet` each. */
  readonly places?: readonly string[];
}

export function aFleet({ places = [`m6i.large@${SUBNET_A}`], ...options }: FleetOptions = {}): FleetInput {
  const overrides = places.map((place, index) => {
    const [instanceType = '', subnetId = ''] = place.split('@');
    return { instanceType, subnetId, priority: places.length - index };
  });
  return {
    type: 'instant',
    configs: [{ template: { id: TEMPLATE, version: '1' }, overrides }],
    total: 1,
    defaultCapacityType: 'on-demand',
    fixed: {},
    strategies: {},
    tags: { instance: {}, fleet: {} },
    ...options,
  };
}

export function aRun(options: Partial<RunInput> = {}): RunInput {
  return {
    template: { id: TEMPLATE },
    minCount: 1,
    maxCount: 1,
    capacityType: 'on-demand',
    tags: {},
    ...options,
  };
}

/** The code of the error that `call` throws, `none` if it throws nothing. */
export function codeOf(call: () => unknown): string {
  try {
    call();
    return 'none';
  } catch (error) {
    if (error instanceof Ec2Error) return error.code;
    throw error;
  }
}
