import { faultOf, type Fault } from '../errors';
import type { ActionResult } from '../operation/step';
import type { Clock, EvictionAnswer, KubernetesPort, PodDeletion, PodEviction, PodRef } from '../ports';

/** Back-off of a refused eviction that brings no Retry-After: 100 ms, doubled, up to 10 s. Protocol, not scaled. */
const FIRST_RETRY = 100;
const LAST_RETRY = 10_000;
/** A namespace that is being deleted is asked at the pace of kubectl. Milliseconds. */
const NAMESPACE_RETRY = 5000;
/** Evictions asked for at a time: those that a budget refuses wait for their next try and let the others pass. */
const AT_ONCE = 10;
/** The next ten follow at once while some of the last ten go, for so long: then the node is looked at anew. Milliseconds. */
const GOES_ON = 2000;

interface Refusal {
  readonly words: string;
  readonly misconfigured: boolean;
}

interface Retry {
  readonly tries: number;
  readonly notBefore: number;
  /** What the budget that refused it said; null when something else was the matter. */
  readonly refusal: Refusal | null;
  /** What went wrong instead. */
  readonly fault: Fault | null;
}

interface Asked {
  readonly pod: PodEviction;
  readonly answer: EvictionAnswer;
}

type DeletionAnswer = { readonly kind: 'deleted' | 'gone' } | { readonly kind: 'failed'; readonly fault: Fault };

/**
 * Asks for evictions and keeps, for one drain, when each pod may be asked for again. What it keeps may be lost: then a
 * pod is asked for once too early, and the API server says no again.
 */
export class Evictor {
  private readonly retries = new Map<string, Retry>();

  constructor(
    private readonly kubernetes: Pick<KubernetesPort, 'evict' | 'deletePod'>,
    private readonly clock: Clock,
  ) {}

  /** `force` are deleted, all at once: their time is over. */
  async evict(pods: readonly PodEviction[], force: readonly PodDeletion[] = []): Promise<ActionResult> {
    const [answers, deletions] = await Promise.all([
      this.ask(this.due(pods)),
      Promise.all(force.map(async (pod) => ({ pod, answer: await this.delete(pod) }))),
    ]);
    const standing = pods.flatMap(({ uid }) => this.retries.get(uid)?.fault ?? [])[0];
    const refusals = pods.flatMap((pod) => this.retries.get(pod.uid)?.refusal ?? []);
    const misconfigured = refusals.find((it) => it.misconfigured)?.words;
    const forced = deletions.flatMap(({ pod, answer }) => (answer.kind === 'deleted' ? [pod] : []));
    const all = [...answers, ...deletions].map(({ answer }) => answer);
    return {
      result: 'evicted',
      accepted: answers.flatMap(({ pod, answer }) => (answer.kind === 'accepted' ? [refOf(pod)] : [])),
      refused: refusals.map(({ words }) => words),
      ...(misconfigured === undefined ? {} : { misconfigured }),
      ...(forced.length > 0 ? { forced } : {}),
      heard: all.some((answer) => !('fault' in answer) || !answer.fault.retryable),
      ...(worst(all) ?? (standing ? { standing } : {})),
    };
  }

  /** Those that nothing has kept yet go first: else they would wait behind those that a budget keeps. */
  private due(pods: readonly PodEviction[]): readonly PodEviction[] {
    const now = this.clock.now();
    const tries = ({ uid }: PodRef): number => this.retries.get(uid)?.tries ?? 0;
    return pods
      .filter(({ uid }) => (this.retries.get(uid)?.notBefore ?? 0) <= now)
      .toSorted((a, b) => tries(a) - tries(b));
  }

  private async ask(due: readonly PodEviction[]): Promise<readonly Asked[]> {
    const begun = this.clock.now();
    const all: Asked[] = [];
    for (let from = 0; from < due.length; from += AT_ONCE) {
      const ten = due.slice(from, from + AT_ONCE);
      const answers = await Promise.all(ten.map(async (pod) => ({ pod, answer: await this.kubernetes.evict(pod) })));
      for (const { pod, answer } of answers) this.note(pod, answer);
      all.push(...answers);
      if (!goesOn(answers) || this.clock.now() - begun >= GOES_ON) break;
    }
    return all;
  }

  private async delete(pod: PodDeletion): Promise<DeletionAnswer> {
    return this.kubernetes.deletePod(pod).then(
      (kind): DeletionAnswer => ({ kind }),
      (error: unknown): DeletionAnswer => ({ kind: 'failed', fault: faultOf(error) }),
    );
  }

  private note(pod: PodRef, answer: EvictionAnswer): void {
    const tries = (this.retries.get(pod.uid)?.tries ?? 0) + 1;
    const wait = pauseAfter(answer, tries);
    if (wait === null) this.retries.delete(pod.uid);
    else this.retries.set(pod.uid, { tries, notBefore: this.clock.now() + wait, ...whyNot(pod, answer) });
  }
}

/** Trouble of the API server is not asked for ten times more. */
function goesOn(answers: readonly Asked[]): boolean {
  if (answers.some(({ answer }) => 'fault' in answer)) return false;
  return answers.some(({ answer }) => answer.kind === 'accepted' || answer.kind === 'gone');
}

/** Null: there is nothing to ask for again. */
function pauseAfter(answer: EvictionAnswer, tries: number): number | null {
  if (answer.kind === 'namespace-going') return NAMESPACE_RETRY;
  if (answer.kind !== 'refused-by-budget' && answer.kind !== 'try-again') return null;
  return answer.retryAfterMs ?? Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (tries - 1));
}

function whyNot({ namespace, name }: PodRef, answer: EvictionAnswer): Pick<Retry, 'refusal' | 'fault'> {
  if (answer.kind === 'try-again') return { refusal: null, fault: answer.fault };
  if (answer.kind !== 'refused-by-budget') return { refusal: null, fault: null };
  const words = `${namespace}/${name}: ${answer.message}`;
  return { refusal: { words, misconfigured: answer.misconfigured ?? false }, fault: null };
}

/** The failure that no retry can mend before one that a retry can. */
function worst(answers: readonly object[]): { readonly fault: Fault } | null {
  const faults = answers.flatMap((answer): Fault[] => ('fault' in answer ? [answer.fault as Fault] : []));
  const fault = faults.find((it) => !it.retryable) ?? faults[0];
  return fault ? { fault } : null;
}

function refOf({ namespace, name, uid }: PodRef): PodRef {
  return { namespace, name, uid };
}
