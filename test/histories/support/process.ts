import { Service } from '../../../webhook/assembly/service';
import type { ServiceConfig } from '../../../webhook/config';
import { faultOf, SmartScaleError } from '../../../webhook/errors';
import type { AlertmanagerPort, Clock, Ec2Port, Ids, KubernetesPort, StorePort } from '../../../webhook/ports';
import type { Logger } from '../../../webhook/telemetry/logger';
import { configurationOf } from '../../scenarios/support/configuration';
import { KEY } from '../../support/builders';
import type { Draw } from './draw';
import { Life, wired, type Fate, type Mishaps } from './life';
import type { Setting } from './setting';

export interface Surroundings {
  readonly store: StorePort;
  readonly ec2: Ec2Port;
  readonly kubernetes: KubernetesPort;
  readonly alertmanager: AlertmanagerPort;
  readonly ids: Ids;
}

export interface ProcessDeps {
  readonly name: string;
  readonly setting: Setting;
  readonly draw: Draw;
  readonly mishaps: Mishaps;
  readonly fate: Fate;
  readonly tell: (text: string) => void;
  /** An error that is none of the catalogue: the process did something that nobody foresaw. */
  readonly onDefect: (error: unknown) => void;
  /** The world as this process has it. */
  readonly world: (life: Life, owner: string) => Surroundings;
  readonly clock: Clock;
}

const base = configurationOf('replica', { [KEY.cluster]: { [KEY.pool]: {} } });

/** One process of the service, whole but for HTTP and adapters. */
export class Process {
  readonly life: Life;
  readonly service: Service;

  constructor({ name, setting, draw, mishaps, fate, tell, onDefect, clock, world: worldOf }: ProcessDeps) {
    this.life = new Life(name, clock, fate, {
      died: () => tell(`${name} dies`),
      fellAsleep: (ms, call) => tell(`${name} falls asleep for ${ms / 1000} s before its call ${call}`),
      wokeUp: () => tell(`${name} wakes up`),
    });
    const owner = `${name}/${clock.now()}`;
    const world = worldOf(this.life, owner);
    const wire = { life: this.life, clock, draw, latency: setting.latency, mishaps };
    const ports = {
      alertmanager: wired(world.alertmanager, { ...wire, mishaps: { share: 0 }, unknown: () => [] }),
      ec2: wired(world.ec2, { ...wire, unknown: unknownToEc2 }),
      kubernetes: wired(world.kubernetes, { ...wire, unknown: unknownToKubernetes }),
    };
    this.service = new Service({
      config: configOf(name, setting),
      ports: {
        store: wired(world.store, { ...wire, unknown: lost('store-unreachable') }),
        clusters: new Map([[KEY.cluster, ports]]),
        clock: this.life,
        ids: world.ids,
      },
      telemetry: {
        log: watchfulLog(onDefect),
        operations: { entered: () => undefined, acted: () => undefined, closed: () => undefined },
        decided: () => undefined,
        turnedAway: () => undefined,
        posted: () => undefined,
        evaluated: () => undefined,
        swept: () => undefined,
        redisAsked: () => undefined,
        metrics: () => Promise.resolve({ contentType: '', body: '' }),
      },
      owner,
      version: 'test',
    });
  }

  get runs(): boolean {
    return !this.life.dead && !this.life.isAsleep;
  }

  /** The sweep of this process has found more than it may touch, says /readyz. */
  async asksForAPerson(): Promise<boolean> {
    if (!this.runs) return false;
    const { report } = await this.service.http.readiness();
    const degraded = report['degraded'] as readonly { readonly part: string }[];
    return degraded.some(({ part }) => part === 'sweep');
  }
}

function configOf(name: string, { policy, timings, ownerLease }: Setting): ServiceConfig {
  const cluster = base.clusters[KEY.cluster];
  if (!cluster) throw new Error('the configuration has no cluster');
  const clusters = { [KEY.cluster]: { ...cluster, pools: { [KEY.pool]: policy } } };
  return { ...base, replica: name, timings, ownerLease, clusters };
}

function lost(code: 'store-unreachable' | 'ec2-unreachable' | 'kubernetes-unreachable') {
  return (method: string): never => {
    throw new SmartScaleError(code, `${method}: the connection broke`);
  };
}

function unknownToEc2(method: string): unknown {
  const broken = new SmartScaleError('ec2-unreachable', `${method}: the connection broke`);
  if (method === 'createFleet') return { kind: 'unknown', fault: broken.fault };
  throw broken;
}

function unknownToKubernetes(method: string): unknown {
  const broken = new SmartScaleError('kubernetes-unreachable', `${method}: the connection broke`);
  if (method === 'evict') return { kind: 'try-again', retryAfterMs: null, fault: broken.fault };
  throw broken;
}

/** Nobody reads the log of a thousand histories: only what should not be in it is heard. */
function watchfulLog(onDefect: (error: unknown) => void): Logger {
  const silent = () => undefined;
  const warn = ({ err, fault }: { err?: unknown; fault?: { code: string; message: string } }) => {
    if (err !== undefined && faultOf(err).code === 'internal') onDefect(err);
    if (fault?.code === 'internal') onDefect(new Error(fault.message));
  };
  return { trace: silent, debug: silent, info: silent, warn, error: warn, fatal: warn } as unknown as Logger;
}
