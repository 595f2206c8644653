import type { Fault } from '../errors';
import type { ActionResult } from '../operation/step';
import type { Clock, EvictionAnswer, KubernetesPort, PodRef } from '../ports';

/** Back-off of a refused eviction that brings no Retry-After: 100 ms, doubled, up to 10 s. Protocol, not scaled. */
const FIRST_RETRY = 100;
const LAST_RETRY = 10_000;
/** Evictions asked for at a time: those that a budget refuses wait for their next try and let the others pass. */
const AT_ONCE = 10;

interface Retry {
  readonly tries: number;
  readonly notBefore: number;
  /** What the budget that refused it said; null when something else was the matter. */
  readonly refusal: string | null;
}

/**
 * Asks for evictions and keeps, for one drain, when each pod may be asked for again. What it keeps may be lost: then a
 * pod is asked for once too early, and the API server says no again.
 */
export class Evictor {
  private readonly retries = new Map<string, Retry>();

  constructor(
    private readonly kubernetes: Pick<KubernetesPort, 'evict'>,
    private readonly clock: Clock,
  ) {}

  async evict(pods: readonly PodRef[]): Promise<ActionResult> {
    const now = this.clock.now();
    const due = pods.filter((pod) => (this.retries.get(pod.uid)?.notBefore ?? 0) <= now).slice(0, AT_ONCE);
    const answers = await Promise.all(due.map(async (pod) => ({ pod, answer: await this.kubernetes.evict(pod) })));
    for (const { pod, answer } of answers) this.note(pod, answer);
    const faults = answers.flatMap(({ answer }): Fault[] => ('fault' in answer ? [answer.fault] : []));
    const fault = faults.find((it) => !it.retryable) ?? faults[0];
    return {
      result: 'evicted',
      accepted: answers.filter(({ answer }) => answer.kind === 'accepted').length,
      refused: pods.flatMap((pod) => this.retries.get(pod.uid)?.refusal ?? []),
      ...(fault ? { fault } : {}),
    };
  }

  private note(pod: PodRef, answer: EvictionAnswer): void {
    if (answer.kind !== 'refused-by-budget' && answer.kind !== 'try-again') {
      this.retries.delete(pod.uid);
      return;
    }
    const tries = (this.retries.get(pod.uid)?.tries ?? 0) + 1;
    const delay = answer.retryAfterMs ?? Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (tries - 1));
    const refusal = answer.kind === 'refused-by-budget' ? `${pod.namespace}/${pod.name}: ${answer.message}` : null;
    this.retries.set(pod.uid, { tries, notBefore: this.clock.now() + delay, refusal });
  }
}
