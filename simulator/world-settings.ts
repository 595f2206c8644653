import type { Ec2Settings } from './ec2/settings';
import { DEFAULT_SETTINGS } from './ec2/settings';
import type { JoinSettings } from './joining';
import type { KubeSettings } from './kubernetes/settings';

/** Durations are those of real life: the world divides its own by `timeScale`, and nothing else. */
export interface WorldSettings {
  /** 20 = twenty times as fast. */
  readonly timeScale: number;
  /** Same seed, clock and calls: same ids, delays and events. */
  readonly seed: number;
  readonly ec2: Ec2Settings;
  readonly kubernetes: Partial<Omit<KubeSettings, 'timeScale'>>;
  readonly joining: JoinSettings;
  /** A K3s server that is no worker: an instance without our tags, its node tainted. */
  readonly controlPlane: boolean;
  /** Workers register with the taint smartscale/startup, as K3s does with node-taint. */
  readonly startupTaint: boolean;
}

export type WorldOverrides = Partial<Omit<WorldSettings, 'ec2' | 'joining'>> & {
  readonly ec2?: Partial<Ec2Settings>;
  readonly joining?: Partial<JoinSettings>;
};

/** From `running` to a registered node 25 to 40 s, as a prebaked image with K3s takes. */
const DEFAULT_JOINING: JoinSettings = { joinDelayMs: { min: 25_000, max: 40_000 }, neverJoinShare: 0 };

export function worldSettings(overrides: WorldOverrides): WorldSettings {
  return {
    timeScale: overrides.timeScale ?? 1,
    seed: overrides.seed ?? 1,
    ec2: { ...DEFAULT_SETTINGS, ...overrides.ec2 },
    kubernetes: overrides.kubernetes ?? {},
    joining: { ...DEFAULT_JOINING, ...overrides.joining },
    controlPlane: overrides.controlPlane ?? true,
    startupTaint: overrides.startupTaint ?? false,
  };
}

/** The region's settings in milliseconds of the clock. */
export function scaledEc2({ ec2, timeScale }: WorldSettings): Ec2Settings {
  return {
    ...ec2,
    pendingMs: ec2.pendingMs / timeScale,
    shuttingDownMs: ec2.shuttingDownMs / timeScale,
    listedMs: ec2.listedMs / timeScale,
  };
}

/** The joining settings in milliseconds of the clock. */
export function scaledJoining({ joining, timeScale }: WorldSettings): JoinSettings {
  const { min, max } = joining.joinDelayMs;
  return { ...joining, joinDelayMs: { min: min / timeScale, max: max / timeScale } };
}
