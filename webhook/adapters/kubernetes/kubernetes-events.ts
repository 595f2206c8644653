/** EventsPort: events of the core group, which `kubectl describe` shows, and which every API server has. */
import { PatchStrategy, setHeaderOptions, type CoreV1Api, type CoreV1Event } from '@kubernetes/client-node';
import type { ClusterEvent, EventsPort } from '../../ports';
import type { Logger } from '../../telemetry/logger';
import { makeClient, type KubernetesEndpoint } from './client';
import { refusalOf, toSmartScaleError } from './refusal';

const TIMEOUT_MS = 5000;
/** More than that wait at no time: who cannot write them fast enough leaves the newest out. */
const MOST_WAITING = 200;
/** The API server keeps events for an hour; what is the same within this is counted on, milliseconds. */
const SAME_FOR = 600_000;
const COMPONENT = 'smartscale';
/** Of what has no namespace: the API server accepts no other. */
const NO_NAMESPACE = 'default';

interface Told {
  readonly name: string;
  readonly namespace: string;
  readonly count: number;
  readonly since: number;
}

export function makeKubernetesEvents(endpoint: KubernetesEndpoint, log: Logger, now: () => number = Date.now) {
  return new KubernetesEvents(makeClient(endpoint, TIMEOUT_MS).core, log, now);
}

export class KubernetesEvents implements EventsPort {
  private readonly told = new Map<string, Told>();
  private readonly waiting: ClusterEvent[] = [];
  private writing: Promise<void> | null = null;
  private failing = false;
  private serial = 0;

  constructor(
    private readonly core: Pick<CoreV1Api, 'createNamespacedEvent' | 'patchNamespacedEvent'>,
    private readonly log: Logger,
    private readonly now: () => number,
  ) {}

  tell(event: ClusterEvent): void {
    if (this.waiting.length >= MOST_WAITING) return;
    this.waiting.push(event);
    this.writing ??= this.writeAll();
  }

  /** Resolves when all that was told is written, or could not be. */
  async written(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    for (let event = this.waiting.shift(); event; event = this.waiting.shift()) await this.tryToWrite(event);
    this.writing = null;
  }

  private async tryToWrite(event: ClusterEvent): Promise<void> {
    try {
      await this.write(event);
      this.failing = false;
    } catch (error) {
      const { fault } = toSmartScaleError(error, `write an event of ${event.about.kind} ${event.about.name}`);
      if (!this.failing) this.log.warn({ fault }, 'cannot write events of Kubernetes; nothing waits for them');
      this.failing = true;
    }
  }

  private async write(event: ClusterEvent): Promise<void> {
    const key = [event.about.uid, event.reason, event.message].join('/');
    const before = this.told.get(key);
    const isSame = before !== undefined && this.now() - before.since < SAME_FOR;
    const counted = isSame ? await this.count(before) : null;
    this.told.set(key, counted ?? (await this.create(event)));
    for (const [other, { since }] of this.told) if (this.now() - since >= SAME_FOR) this.told.delete(other);
  }

  /** Null: it is not there any more. */
  private async count(told: Told): Promise<Told | null> {
    const { name, namespace } = told;
    const count = told.count + 1;
    const body = { count, lastTimestamp: new Date(this.now()).toISOString() };
    try {
      const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      await this.core.patchNamespacedEvent({ name, namespace, body }, options);
      return { ...told, count };
    } catch (error) {
      if (refusalOf(error)?.status === 404) return null;
      throw error;
    }
  }

  private async create({ about, type, reason, message }: ClusterEvent): Promise<Told> {
    const at = new Date(this.now());
    const namespace = about.namespace ?? NO_NAMESPACE;
    const name = `${about.name}.${this.now().toString(16)}${(++this.serial).toString(16)}`;
    const apiVersion = 'v1';
    const body: CoreV1Event = {
      apiVersion,
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: { apiVersion, ...about },
      type,
      reason,
      message,
      source: { component: COMPONENT },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
    await this.core.createNamespacedEvent({ namespace, body });
    return { name, namespace, count: 1, since: at.getTime() };
  }
}
