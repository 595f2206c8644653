import { faultOf, type Fault } from '../errors';
import type { CompleteObservation, Observation, Pod } from '../model/observation';
import type { ServiceTimings } from '../model/pool';
import type { Clock, Ec2Port, KubernetesPort } from '../ports';

export interface ObserverDeps {
  readonly cluster: string;
  readonly ec2: Pick<Ec2Port, 'listInstances'>;
  readonly kubernetes: Pick<KubernetesPort, 'listNodes' | 'listPods' | 'listClaims' | 'listBudgets'>;
  readonly clock: Clock;
  readonly timings: Pick<ServiceTimings, 'evaluationInterval' | 'observationGap'>;
}

export interface Freshness {
  /** Oldest acceptable, in milliseconds. */
  readonly maxAge: number;
  /** The reading must have begun after this moment: what was done before it must be visible. Epoch milliseconds. */
  readonly after?: number;
  /** What is to be done with it: a drain needs budgets, and the claims of pods that run. */
  readonly for?: 'drain';
}

/**
 * One observation of EC2 and K3s for all pools of a cluster. Whoever asks while a reading runs shares it, if it began
 * late enough for them; otherwise they share the next one. So at most one reading runs and one waits.
 */
export class Observer {
  private last: Observation | null = null;
  private lastComplete: CompleteObservation | null = null;
  private reading: { at: number; result: Promise<Observation> } | null = null;
  private readonly deepened = new WeakMap<Observation, Promise<Observation>>();

  constructor(private readonly deps: ObserverDeps) {}

  async observe(freshness: Freshness): Promise<Observation> {
    const seen = await this.look(freshness);
    return freshness.for === 'drain' ? this.deepen(seen) : seen;
  }

  private async look(freshness: Freshness): Promise<Observation> {
    const now = this.deps.clock.now();
    // What lies ahead of us was seen before the clock was set back: nobody knows how long ago.
    if (this.last && this.last.at <= now && isFresh(this.last.at, now, freshness)) return this.last;
    while (this.reading) {
      const running = this.reading;
      const result = await running.result;
      if (isFresh(running.at, now, freshness)) return result;
    }
    return this.read();
  }

  /** The newest observation, whatever its age: for displays. */
  latest(): Observation | null {
    return this.last;
  }

  private read(): Promise<Observation> {
    const at = this.deps.clock.now();
    const result = this.readAll(at).finally(() => {
      this.reading = null;
    });
    this.reading = { at, result };
    return result;
  }

  /** Once an observation, whoever asks; what was read besides serves everybody who comes later. */
  private deepen(seen: Observation): Promise<Observation> {
    const known = this.deepened.get(seen);
    if (known) return known;
    const deep = this.readForDrain(seen);
    this.deepened.set(seen, deep);
    return deep;
  }

  private async readForDrain(seen: Observation): Promise<Observation> {
    if (!seen.complete) return seen;
    const usesClaims = seen.claims === undefined && seen.pods.some(({ claims }) => claims !== undefined);
    const [budgets, claims] = await Promise.all([
      readBeside('budgets', () => this.deps.kubernetes.listBudgets()),
      usesClaims ? readBeside('claims', () => this.deps.kubernetes.listClaims()) : {},
    ]);
    const deep = withBeside(seen, budgets, claims);
    this.deepened.set(deep, Promise.resolve(deep));
    // Nobody has looked anew meanwhile.
    if (this.last === seen) this.last = deep;
    if (this.lastComplete === seen) this.lastComplete = deep;
    return deep;
  }

  private async readAll(at: number): Promise<Observation> {
    const { cluster, ec2, kubernetes } = this.deps;
    const [instances, nodes, pods] = await Promise.allSettled([
      ec2.listInstances(cluster),
      kubernetes.listNodes(),
      kubernetes.listPods(),
    ]);
    if (instances.status === 'fulfilled' && nodes.status === 'fulfilled' && pods.status === 'fulfilled') {
      const claims = await this.claims(pods.value);
      return this.complete(at, { instances: instances.value, nodes: nodes.value, pods: pods.value, ...claims });
    }
    const faults = [instances, nodes, pods].flatMap((it) => (it.status === 'rejected' ? [faultOf(it.reason)] : []));
    this.last = { complete: false, at, faults: distinct(faults) };
    return this.last;
  }

  /** Without them pods are judged by everything but their volumes: nothing else waits for who may not read them. */
  private async claims(pods: readonly Pod[]): Promise<Pick<CompleteObservation, 'claims' | 'faults'>> {
    if (!pods.some(({ unschedulable, claims }) => unschedulable && claims !== undefined)) return {};
    return readBeside('claims', () => this.deps.kubernetes.listClaims());
  }

  private complete(
    at: number,
    lists: Omit<CompleteObservation, 'complete' | 'at' | 'completeSince'>,
  ): CompleteObservation {
    const before = this.lastComplete;
    const unbroken = before !== null && at >= before.at && at - before.at <= this.longestDistance();
    this.lastComplete = { complete: true, at, completeSince: unbroken ? before.completeSince : at, ...lists };
    this.last = this.lastComplete;
    return this.lastComplete;
  }

  /**
   * Between complete observations of one unbroken run, in milliseconds. While nobody needs to look more often than the
   * regular timer does, its interval is no gap; from a look that failed on, every millisecond is.
   */
  private longestDistance(): number {
    const { evaluationInterval, observationGap } = this.deps.timings;
    return this.last?.complete ? evaluationInterval + observationGap : observationGap;
  }
}

type Beside = Partial<Pick<CompleteObservation, 'claims' | 'budgets' | 'faults'>>;

/** What an observation is complete without: what could not be read is absent, and the fault is told. */
function readBeside<K extends 'claims' | 'budgets'>(
  name: K,
  read: () => Promise<NonNullable<CompleteObservation[K]>>,
): Promise<Beside> {
  return read().then(
    (list) => ({ [name]: list }),
    (error: unknown) => ({ faults: [faultOf(error)] }),
  );
}

function withBeside(seen: CompleteObservation, budgets: Beside, claims: Beside): CompleteObservation {
  const faults = distinct([seen, budgets, claims].flatMap((it) => it.faults ?? []));
  return { ...seen, ...budgets, ...claims, ...(faults.length > 0 && { faults }) };
}

function isFresh(at: number, now: number, { maxAge, after }: Freshness): boolean {
  return now - at <= maxAge && (after === undefined || at > after);
}

function distinct(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.map((fault) => [`${fault.code} ${fault.message}`, fault])).values()];
}
