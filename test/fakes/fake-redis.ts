import { ExpiringValues } from '../../simulator/redis/expiring-values';
import { SmartScaleError, type Fault } from '../../webhook/errors';
import type { Clock, Recalled, RedisPort, RedisResult } from '../../webhook/ports';

/** As long as the adapter waits for an answer. Milliseconds. */
const PATIENCE = 50;

/** One Redis in memory, for any number of replicas. */
export class FakeRedis {
  readonly values: ExpiringValues;
  readonly published: string[] = [];
  /** `away`: says so at once. `hung`: never answers. */
  state: 'here' | 'away' | 'hung' = 'here';
  private readonly listeners = new Set<(text: string) => void>();

  constructor(private readonly clock: Clock) {
    this.values = new ExpiringValues(() => clock.now());
  }

  connect(): RedisPort {
    return new Connected(this, this.clock, this.listeners);
  }

  publish(text: string): void {
    this.published.push(text);
    for (const listener of this.listeners) listener(text);
  }
}

class Connected implements RedisPort {
  fault: Fault | null = null;
  private isClosed = false;
  private readonly own: ((text: string) => void)[] = [];

  constructor(
    private readonly redis: FakeRedis,
    private readonly clock: Clock,
    private readonly listeners: Set<(text: string) => void>,
  ) {}

  async recall(key: string): Promise<Recalled> {
    if (!(await this.reaches())) return { result: 'error' };
    const text = this.redis.values.get(key);
    return text === null ? { result: 'miss' } : { result: 'hit', text };
  }

  remember(key: string, text: string, ms: number): Promise<RedisResult> {
    return this.does(() => this.redis.values.set(key, text, ms));
  }

  publish(text: string): Promise<RedisResult> {
    return this.does(() => this.redis.publish(text));
  }

  listen(listener: (text: string) => void): void {
    this.own.push(listener);
    this.listeners.add(listener);
  }

  check(): Promise<RedisResult> {
    return this.does(() => {
      this.fault = null;
    });
  }

  close(): Promise<void> {
    this.isClosed = true;
    for (const listener of this.own) this.listeners.delete(listener);
    return Promise.resolve();
  }

  private async does(what: () => void): Promise<RedisResult> {
    if (!(await this.reaches())) return 'error';
    what();
    return 'ok';
  }

  /** One turn of the event loop, as on a network. */
  private async reaches(): Promise<boolean> {
    await Promise.resolve();
    if (this.redis.state === 'here' && !this.isClosed) return true;
    if (this.redis.state === 'hung' && this.fault === null) await this.clock.sleep(PATIENCE);
    this.fault = new SmartScaleError('redis-unreachable', `fake: ${this.isClosed ? 'closed' : this.redis.state}`).fault;
    return false;
  }
}
