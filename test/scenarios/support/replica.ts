import request from 'supertest';
import { Service } from '../../../webhook/assembly/service';
import { secretsOf, type ServiceConfig } from '../../../webhook/config';
import { makeApp } from '../../../webhook/http/app';
import { startServer, type RunningServer } from '../../../webhook/http/server';
import type { Clock, RedisPort, StoreInspection, StorePort } from '../../../webhook/ports';
import { makeLogger } from '../../../webhook/telemetry/logger';
import { makeTelemetry } from '../../../webhook/telemetry/telemetry';
import type { countingIds } from '../../support/fake-clock';
import type { Cluster } from './cluster';
import { SettableClock } from '../../support/settable-clock';
import { Life, mortal } from './mortal';

export interface ReplicaDeps {
  readonly name: string;
  readonly config: ServiceConfig;
  readonly store: StorePort;
  readonly inspectStore: () => Promise<StoreInspection>;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly redis?: RedisPort;
  readonly clock: Clock;
  readonly ids: ReturnType<typeof countingIds>;
}

/** One process of the webhook, whole but for its adapters: it listens on a port of its own and can be killed. */
export class Replica {
  /** Lines of the log. */
  readonly lines: string[] = [];
  readonly service: Service;
  readonly systemClock: SettableClock;
  readonly life = new Life();
  private server: RunningServer | null = null;

  constructor(private readonly deps: ReplicaDeps) {
    const { name, config, store, inspectStore, clusters, redis, ids } = deps;
    this.systemClock = new SettableClock(deps.clock);
    const clock = mortal('clock', this.systemClock, this.life);
    const destination = { write: (line: string) => void this.lines.push(line) };
    const log = makeLogger({ level: 'debug', secrets: () => secretsOf(config), destination });
    const ports = [...clusters].map(([cluster, { ports: it }]) => [cluster, mapMortal(it, this.life)] as const);
    this.service = new Service({
      config,
      ports: {
        store: mortal('store', store, this.life),
        inspectStore,
        clusters: new Map(ports),
        ...(redis ? { redis: mortal('redis', redis, this.life) } : {}),
        clock,
        ids,
      },
      telemetry: makeTelemetry(log, { version: 'test', clock }),
      owner: `${name}/${ids.next()}`,
      version: 'test',
    });
  }

  async start(): Promise<void> {
    this.server = await startServer(makeApp(this.service.http), { host: '127.0.0.1', port: 0 });
    this.service.start();
  }

  /** SIGTERM: as main.ts does. */
  async stop(): Promise<void> {
    await Promise.all([this.server?.close(0), this.service.stop()]);
    this.server = null;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.life.killed = true;
    await this.server?.close(0);
    this.server = null;
  }

  /** Answers who calls it: it runs and is not paused. */
  get answers(): boolean {
    return this.isRunning && !this.life.isPaused;
  }

  get isRunning(): boolean {
    return this.server !== null;
  }

  async post<Body>(path: string, payload: object, token: string): Promise<{ status: number; body: Body }> {
    const answer = await request(this.url).post(path).set('Authorization', `Bearer ${token}`).send(payload);
    return { status: answer.status, body: answer.body as Body };
  }

  async get(
    path: string,
    token?: string,
  ): Promise<{ readonly status: number; readonly body: Report; readonly text: string }> {
    const asked = request(this.url).get(path);
    if (token !== undefined) void asked.set('Authorization', `Bearer ${token}`);
    const answer = await asked;
    return { status: answer.status, body: answer.body as Report, text: answer.text };
  }

  /** The lines of a message. */
  logged(message: string): readonly Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);
  }

  /** Where it listens on loopback. */
  get port(): number {
    return this.running.port;
  }

  private get url(): string {
    return this.running.url;
  }

  private get running(): RunningServer {
    if (!this.server) throw new Error(`replica ${this.deps.name} does not run`);
    return this.server;
  }
}

export type Report = Readonly<Record<string, unknown>>;

function mapMortal<T extends object>(ports: T, life: Life): T {
  return Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name, mortal(name, port as object, life)]),
  ) as T;
}
