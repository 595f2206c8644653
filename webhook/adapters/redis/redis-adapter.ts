/** RedisPort on two connections of ioredis: one that listens may do nothing else. */
import type { Redis } from 'ioredis';
import { SmartScaleError, type Fault } from '../../errors';
import type { Recalled, RedisPort, RedisResult } from '../../ports';
import { Connection } from './connection';

export interface RedisClients {
  readonly commands: Redis;
  readonly events: Redis;
}

export interface RedisAdapterSettings {
  /** Before every key and the channel. */
  readonly keyPrefix: string;
  /** Milliseconds that never jump, from whenever. */
  readonly now: () => number;
}

/** For how long the mark that proves that we may write stands. Milliseconds. */
const MARK_FOR = 10_000;

export class RedisAdapter implements RedisPort {
  private readonly commands: Connection;
  private readonly events: Connection;
  private readonly channel: string;
  private readonly listeners: ((text: string) => void)[] = [];
  private isSubscribed = false;

  constructor(
    private readonly clients: RedisClients,
    private readonly settings: RedisAdapterSettings,
  ) {
    this.commands = new Connection(clients.commands, settings.now);
    this.events = new Connection(clients.events, settings.now);
    this.channel = `${settings.keyPrefix}:events`;
    clients.events.on('message', (_channel, text) => this.listeners.forEach((listener) => listener(text)));
    clients.events.on('ready', () => void this.events.check((client) => this.subscribe(client)));
    clients.events.on('close', () => {
      this.isSubscribed = false;
    });
  }

  async recall(key: string): Promise<Recalled> {
    const answered = await this.commands.ask((client) => client.get(this.named(key)));
    if (answered === null) return { result: 'error' };
    return answered.value === null ? { result: 'miss' } : { result: 'hit', text: answered.value };
  }

  async remember(key: string, text: string, ms: number): Promise<RedisResult> {
    return resultOf(await this.commands.ask((client) => client.set(this.named(key), text, 'PX', ms)));
  }

  async publish(text: string): Promise<RedisResult> {
    return resultOf(await this.commands.ask((client) => client.publish(this.channel, text)));
  }

  listen(listener: (text: string) => void): void {
    this.listeners.push(listener);
  }

  /** Writes, because a PING is answered by a Redis that is full, or a replica, too. */
  async check(): Promise<RedisResult> {
    const checks = await Promise.all([
      this.commands.check((client) => client.set(this.named('check'), 'ok', 'PX', MARK_FOR)),
      this.events.check((client) => (this.isSubscribed ? client.ping() : this.subscribe(client))),
    ]);
    return checks.every(Boolean) ? 'ok' : 'error';
  }

  get fault(): Fault | null {
    const why = this.commands.trouble ?? this.events.trouble;
    if (why === null) return null;
    const { host, port } = this.clients.commands.options;
    return new SmartScaleError('redis-unreachable', `${host}:${port}: ${why}`).fault;
  }

  async close(): Promise<void> {
    await Promise.all([this.commands.close(), this.events.close()]);
  }

  private async subscribe(client: Redis): Promise<void> {
    await client.subscribe(this.channel);
    this.isSubscribed = true;
  }

  private named(key: string): string {
    return `${this.settings.keyPrefix}:${key}`;
  }
}

function resultOf(answered: object | null): RedisResult {
  return answered === null ? 'error' : 'ok';
}
