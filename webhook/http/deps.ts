/** What the HTTP layer needs from the service. No Express type goes past it, no domain object is made before it. */
import type { Payload } from '../alertmanager/payload';
import type { ErrorCode } from '../errors';
import type { Direction, PoolKey } from '../model/pool';
import type { Clock, ConsoleRow, Ids } from '../ports';
import type { Logger } from '../telemetry/logger';

/** What became of one alert of a post. */
export interface AlertAnswer {
  readonly alert: string;
  readonly pool: string;
  /** `heard`, `forgotten` (resolved) or a veto name. */
  readonly state: string;
}

export interface DecisionAnswer {
  readonly pool: string;
  readonly outcome: string;
  readonly reason: string;
  readonly detail: string;
}

export interface ReceiveAnswer {
  /**
   * `queued`: a look is under way and takes longer than a second. `repeated`: nobody looked; the decisions are those that
   * the same post got a moment ago.
   */
  readonly state: 'decided' | 'repeated' | 'queued' | 'ignored';
  readonly alerts: readonly AlertAnswer[];
  readonly decisions: readonly DecisionAnswer[];
}

/** A person's order to hold or to let go. */
export interface PauseOrder {
  readonly cluster: string;
  /** Absent = every pool of the cluster. */
  readonly pool?: string;
  readonly direction: Direction | 'both';
  readonly by: string;
  readonly reason: string;
  /** Epoch milliseconds; null = until resumed. Ignored by resume. */
  readonly until: number | null;
}

export interface Access {
  readonly tokens: () => readonly string[];
  readonly operatorTokens: () => readonly string[];
}

/** JSON for people and probes. */
export type Report = Readonly<Record<string, unknown>>;

export interface HttpDeps {
  readonly access: ReadonlyMap<string, Access>;
  /** Local mode: no token configured means nobody is asked for one. */
  readonly local: boolean;
  /** `cluster` is the one that the token belongs to; null when nobody was asked. Rejects with SmartScaleError. */
  receive(post: Payload, cluster: string | null): Promise<ReceiveAnswer>;
  health(): Report;
  /** Of that cluster; of all when nobody was asked for a token. */
  cost(cluster: string | null): Report;
  /** `ready` is false only when the store is out of reach. */
  readiness(): Promise<{ readonly ready: boolean; readonly report: Report }>;
  /** Answers with the pools that it holds now. Rejects with SmartScaleError. */
  pause(order: PauseOrder): Promise<readonly string[]>;
  resume(order: PauseOrder): Promise<readonly string[]>;
  /** What is kept of that instance; null for pools that are not configured too. Rejects with SmartScaleError. */
  console(key: PoolKey, instance: string): Promise<ConsoleRow | null>;
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Told of every POST /alerts: the state of its answer, or the code of the error. */
  onPost(result: ReceiveAnswer['state'] | ErrorCode): void;
  /** For requests that bring no X-Request-Id of their own. */
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Logger;
}
