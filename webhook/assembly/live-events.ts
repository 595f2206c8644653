import { z } from 'zod';
import { Coalesced } from '../evaluation/coalesced';
import { faultOf } from '../errors';
import type { Decision } from '../model/decision';
import type { Operation } from '../model/operation';
import type { PoolKey } from '../model/pool';
import type { Clock, RedisPort } from '../ports';
import type { Logger } from '../telemetry/logger';
import type { AnswerMemoryDeps } from './answer-memory';
import type { PoolUnit } from './pool-unit';

const KINDS = ['accepted', 'closed', 'paused', 'resumed'] as const;

/** What one replica tells the others of. A newer release may add fields, or kinds that this one passes over. */
const liveEvent = z.object({
  /** The process that tells. */
  from: z.string(),
  cluster: z.string(),
  pool: z.string(),
  kind: z.enum(KINDS),
  operation: z.string().exactOptional(),
  /** Epoch milliseconds, by the clock of the sender. */
  at: z.number(),
});

export type LiveEvent = z.output<typeof liveEvent>;

export interface LiveEventsDeps {
  readonly redis: Pick<RedisPort, 'publish' | 'listen'>;
  /** Undefined for a pool that this process does not run. */
  readonly poolOf: (key: PoolKey) => PoolUnit | undefined;
  readonly owner: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly onRequest: AnswerMemoryDeps['onRequest'];
  readonly log: Logger;
}

/**
 * Lets the other replicas know at once what they would see at their next look anyway: every event may be lost, come twice
 * or late, and says only where to look.
 */
export class LiveEvents {
  private readonly looks = new Map<PoolUnit, Coalesced<void>>();
  private isStopped = false;

  constructor(private readonly deps: LiveEventsDeps) {
    deps.redis.listen((text) => this.hear(text));
  }

  stop(): void {
    this.isStopped = true;
  }

  /** A dry run is nobody else's business: its state is not in the store. */
  accepted(pool: PoolKey & { readonly dryRun: boolean }, { outcome }: Decision, operations: readonly string[]): void {
    if (outcome === 'hold' || pool.dryRun) return;
    // Growing that only takes back accepts no operation of its own.
    for (const operation of operations.length > 0 ? operations : [undefined]) this.tell(pool, 'accepted', operation);
  }

  closed(key: PoolKey, operation: Pick<Operation, 'id'>): void {
    this.tell(key, 'closed', operation.id);
  }

  /** Nobody waits for it. */
  tell({ cluster, pool }: PoolKey, kind: LiveEvent['kind'], operation?: string): void {
    const { redis, owner, clock, onRequest } = this.deps;
    const what = { from: owner, cluster, pool, kind, ...(operation === undefined ? {} : { operation }) };
    const event: LiveEvent = { ...what, at: clock.now() };
    void redis.publish(JSON.stringify(event)).then((result) => onRequest('publish', result));
  }

  private hear(text: string): void {
    const event = parseLiveEvent(text);
    if (event === null) this.deps.log.debug('ignored an event of no known shape');
    const pool = event && event.from !== this.deps.owner ? this.deps.poolOf(event) : undefined;
    if (event === null || pool === undefined || this.isStopped) return;
    const { cluster, pool: name, kind, operation, from } = event;
    this.deps.log.debug({ cluster, pool: name, kind, operation, from }, 'heard of another replica');
    void this.lookAt(pool).run();
  }

  /** Any number of events while one look runs is one more look. */
  private lookAt(pool: PoolUnit): Coalesced<void> {
    const look = this.looks.get(pool) ?? new Coalesced(() => this.look(pool));
    this.looks.set(pool, look);
    return look;
  }

  /** Shown at once, also while a look waits for EC2 or K3s. */
  private async look(pool: PoolUnit): Promise<void> {
    try {
      await pool.refresh();
      pool.lookSoon();
    } catch (error) {
      this.deps.log.warn({ ...pool.key, fault: faultOf(error) }, 'could not look at what another replica did');
    }
  }
}

/** Null for anything else. */
export function parseLiveEvent(text: string): LiveEvent | null {
  try {
    return liveEvent.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
