import { Service } from '../../../webhook/assembly/service';
import type { ServiceConfig } from '../../../webhook/config';
import { faultOf, SmartScaleError } from '../../../webhook/errors';
import type { AlertmanagerPort, Clock, Ec2Port, Ids, KubernetesPort, StorePort } from '../../../webhook/ports';
import type { Logger } from '../../../webhook/telemetry/logger';
import { configurationOf } from '../../scenarios/support/configuration';
import { KEY } from '../../support/builders';
import type { Draw } from './draw';
import { Life, type Fate, type LifeDeps, type Peer, type Traps } from './life';
import type { Setting } from './setting';
import { wired, type Mishaps } from './wired';

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
  readonly traps: Traps;
  readonly tell: (text: string) => void;
  readonly onDeath: (process: Process, when: string) => void;
  readonly onSleep: (call: string) => void;
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

  constructor(deps: ProcessDeps) {
    const { name, setting, draw, mishaps, onDefect, clock } = deps;
    this.life = new Life({ ...deps, events: this.eventsOf(deps) });
    const owner = `${name}/${clock.now()}`;
    const world = deps.world(this.life, owner);
    const wire = <T extends object>(peer: Peer, port: T, unknown: (method: string) => unknown) =>
      wired(port, { life: this.life, peer, clock, draw, latency: setting.latency, mishaps, unknown });
    const ports = {
      alertmanager: wire('alertmanager', world.alertmanager, unknownToAlertmanager),
      ec2: wire('ec2', world.ec2, unknownToEc2),
      kubernetes: wire('kubernetes', world.kubernetes, unknownToKubernetes),
    };
    this.service = new Service({
      config: configOf(name, setting),
      ports: {
        store: wire('store', world.store, unknownToStore),
        clusters: new Map([[KEY.cluster, ports]]),
        clock: this.life,
        ids: world.ids,
      },
      telemetry: {
        log: watchfulLog(onDefect),
        operations: {
          entered: () => undefined,
          acted: () => undefined,
          waits: () => undefined,
          closed: () => undefined,
        },
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

  private eventsOf({ name, tell, onDeath, onSleep }: ProcessDeps): LifeDeps['events'] {
    return {
      died: (when) => {
        tell(`${name} dies ${when}`.trim());
        onDeath(this, when);
      },
      fellAsleep: (ms, call) => {
        tell(`${name} falls asleep for ${ms / 1000} s before its call ${call}`);
        onSleep(call);
      },
      wokeUp: () => tell(`${name} wakes up`),
    };
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

function broken(peer: Peer, method: string): SmartScaleError {
  return new SmartScaleError(`${peer}-unreachable`, `${method}: the connection broke`);
}

function unknownToStore(method: string): never {
  throw broken('store', method);
}

/** That port never rejects. */
function unknownToAlertmanager(method: string): unknown {
  return [{ ok: false, fault: broken('alertmanager', method).fault }];
}

function unknownToEc2(method: string): unknown {
  const error = broken('ec2', method);
  if (method === 'createFleet') return { kind: 'unknown', fault: error.fault };
  throw error;
}

function unknownToKubernetes(method: string): unknown {
  const error = broken('kubernetes', method);
  if (method === 'evict') return { kind: 'try-again', retryAfterMs: null, fault: error.fault };
  throw error;
}

/** Nobody reads the log of a thousand histories: only what should not be in it is heard. */
function watchfulLog(onDefect: (error: unknown) => void): Logger {
  const silent = () => undefined;
  const warn = ({ err, fault }: { err?: unknown; fault?: { code: string; message: string } }) => {
    if (err !== undefined && faultOf(err).code === 'internal') onDefect(err);
    if (fault?.code === 'internal') onDefect(new Error(fault.message));
  };
  const log = { trace: silent, debug: silent, info: silent, warn, error: warn, fatal: warn, child: () => log };
  return log as unknown as Logger;
}
