import type { Payload } from '../../webhook/alertmanager/payload';
import type { HttpDeps, PauseOrder, ReceiveAnswer } from '../../webhook/http/deps';
import { makeLogger } from '../../webhook/telemetry/logger';
import { NOW } from '../support/builders';

export const TOKEN = 'alerts-token-of-c1';
export const NEXT_TOKEN = 'next-alerts-token-of-c1';
export const OPERATOR = 'operator-token-of-c1';
export const OTHER_TOKEN = 'alerts-token-of-c2';
export const OTHER_OPERATOR = 'operator-token-of-c2';

export const DECIDED: ReceiveAnswer = {
  state: 'decided',
  alerts: [{ alert: 'HighCpu', pool: 'workers', state: 'heard' }],
  decisions: [{ pool: 'workers', outcome: 'scale-up', reason: 'accepted', detail: 'HighCpu asks for 5' }],
};

/** A service that remembers what HTTP asked of it. Two clusters; local mode has no tokens. */
export class MemoryService {
  readonly received: { readonly post: Payload; readonly cluster: string | null }[] = [];
  readonly orders: { readonly what: 'pause' | 'resume'; readonly order: PauseOrder }[] = [];
  readonly results: string[] = [];
  readonly lines: string[] = [];
  /** Tokens of c1, as a rotation changes them. */
  tokens: readonly string[] = [TOKEN];
  answer: () => Promise<ReceiveAnswer> = () => Promise.resolve(DECIDED);
  ready = true;
  private id = 0;

  constructor(private readonly local = false) {}

  get deps(): HttpDeps {
    const log = makeLogger({ level: 'debug', destination: { write: (line) => this.lines.push(line) } });
    return {
      local: this.local,
      access: this.access,
      receive: (post, cluster) => {
        this.received.push({ post, cluster });
        return this.answer();
      },
      cost: (cluster) => ({ cluster }),
      health: () => ({ status: 'ok', pools: [] }),
      readiness: () => Promise.resolve({ ready: this.ready, report: { status: this.ready ? 'ready' : 'unready' } }),
      pause: (order) => this.obey('pause', order),
      resume: (order) => this.obey('resume', order),
      console: ({ cluster, pool }, instanceId) =>
        Promise.resolve(
          instanceId === 'i-1' ? { instanceId, operation: 'op', at: NOW, text: `${cluster} ${pool}` } : null,
        ),
      metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'up 1\n' }),
      onPost: (result) => this.results.push(result),
      ids: { next: () => `id${(this.id += 1)}` },
      clock: { now: () => NOW, sleep: () => Promise.resolve() },
      log,
    };
  }

  /** The lines of a message, as they were logged. */
  logged(message: string): readonly Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);
  }

  private get access(): HttpDeps['access'] {
    const of = (tokens: () => readonly string[], operator: string) => ({
      tokens: () => (this.local ? [] : tokens()),
      operatorTokens: () => (this.local ? [] : [operator]),
    });
    return new Map([
      ['c1', of(() => this.tokens, OPERATOR)],
      ['c2', of(() => [OTHER_TOKEN], OTHER_OPERATOR)],
    ]);
  }

  private obey(what: 'pause' | 'resume', order: PauseOrder): Promise<readonly string[]> {
    this.orders.push({ what, order });
    return Promise.resolve(['workers']);
  }
}
