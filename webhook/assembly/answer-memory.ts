import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Payload } from '../alertmanager/payload';
import type { DecisionAnswer } from '../http/deps';
import type { Clock, Recalled, RedisPort, RedisResult } from '../ports';

export interface AnswerMemoryDeps {
  readonly redis: Pick<RedisPort, 'recall' | 'remember'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds that an answer stands; 0 where nothing is to be remembered. */
  readonly rememberFor: number;
  readonly onRequest: (request: RedisRequest, result: Recalled['result'] | RedisResult) => void;
}

export type RedisRequest = 'recall' | 'remember' | 'publish' | 'check';

/** Of a decision that others made: it came from outside, so it is read like anything from outside. */
const remembered = z.object({
  /** Epoch milliseconds, by the clock of whoever decided. */
  until: z.number(),
  decisions: z.array(z.object({ pool: z.string(), outcome: z.string(), reason: z.string(), detail: z.string() })),
});

/**
 * What was decided for the same post a moment ago, by any replica, so that a storm of identical posts spares the store and
 * everything behind it. What is lost costs one more look.
 */
export class AnswerMemory {
  constructor(private readonly deps: AnswerMemoryDeps) {}

  /**
   * Under which the answer of a post is kept; null where it is not. Of what was read of the body, not of its bytes: the
   * copies of two Alertmanagers differ in nothing but their addresses. A node that EC2 takes has two minutes, and EC2 may
   * confirm it at any moment: such a post is looked at each time.
   */
  keyOf(post: Payload, cluster: string | null): string | null {
    if (this.deps.rememberFor === 0 || post.alerts.some(({ labels }) => labels['scale'] === 'replace')) return null;
    return `answer:${createHash('sha256')
      .update(JSON.stringify([cluster, post]))
      .digest('hex')}`;
  }

  /** Null when nobody knows. */
  async recall(key: string | null): Promise<readonly DecisionAnswer[] | null> {
    if (key === null) return null;
    const recalled = await this.deps.redis.recall(key);
    const decisions = recalled.result === 'hit' ? this.read(recalled.text) : null;
    this.deps.onRequest('recall', recalled.result === 'hit' && decisions === null ? 'miss' : recalled.result);
    return decisions;
  }

  /** `standing`: for how many milliseconds the decisions may be given again; never longer than what is configured. */
  async remember(key: string | null, decisions: readonly DecisionAnswer[], standing: number): Promise<void> {
    const { redis, clock, rememberFor, onRequest } = this.deps;
    const ms = Math.min(standing, rememberFor);
    if (key === null || ms <= 0) return;
    onRequest('remember', await redis.remember(key, JSON.stringify({ until: clock.now() + ms, decisions }), ms));
  }

  /** A Redis that hung carries out a write long after it was sent, and lets it stand from then on: its end is ours to tell. */
  private read(text: string): readonly DecisionAnswer[] | null {
    const parsed = remembered.safeParse(plain(text));
    return parsed.success && this.deps.clock.now() < parsed.data.until ? parsed.data.decisions : null;
  }
}

function plain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
