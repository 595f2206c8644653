import { Ec2Error } from './ec2-error';
import type {
  Announcement,
  InstanceChange,
  InstanceNotice,
  InstanceState,
  SimInstance,
  StateReason,
  Tags,
} from './ec2-types';

export interface Delays {
  readonly pendingMs: number;
  readonly shuttingDownMs: number;
  readonly listedMs: number;
}

const MALFORMED = /^(?!i-([0-9a-f]{8}|[0-9a-f]{17})$)/;

/** All instances that EC2 still lists, and the passage of time over them. Knows nothing of capacity or addresses. */
export class InstanceTable {
  private readonly instances = new Map<string, SimInstance>();
  private readonly listeners = new Set<(change: InstanceChange) => void>();

  constructor(private readonly delays: Delays) {}

  /** Called for every launch and every change of state, in the order in which they were due. Returns the way to stop it. */
  onChange(listener: (change: InstanceChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** In launch order. */
  all(): readonly SimInstance[] {
    return [...this.instances.values()];
  }

  get(id: string): SimInstance | undefined {
    return this.instances.get(id);
  }

  /** In the order asked for; as EC2, one bad id spoils the whole call. */
  find(ids: readonly string[]): readonly SimInstance[] {
    const malformed = ids.find((id) => MALFORMED.test(id));
    if (malformed !== undefined) throw new Ec2Error('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
    const unknown = ids.filter((id) => !this.instances.has(id));
    if (unknown.length === 1) {
      throw new Ec2Error('InvalidInstanceID.NotFound', `The instance ID '${unknown.join('')}' does not exist`);
    }
    if (unknown.length > 1) {
      throw new Ec2Error('InvalidInstanceID.NotFound', `The instance IDs '${unknown.join(', ')}' do not exist`);
    }
    return ids.flatMap((id) => this.instances.get(id) ?? []);
  }

  add(instance: SimInstance): void {
    this.instances.set(instance.id, instance);
    this.announce({ at: instance.since, from: null, instance });
  }

  tag(id: string, tags: Tags): void {
    this.update(id, (instance) => ({ ...instance, tags: { ...instance.tags, ...tags } }));
  }

  protect(id: string, terminationProtected: boolean): void {
    this.update(id, (instance) => ({ ...instance, terminationProtected }));
  }

  /** From now on EC2 says that it will take the instance at that time, and does; null withdraws all that it said. */
  notify(id: string, said: Announcement | null): void {
    this.update(id, ({ notice, rebalanceAt, ...instance }) => {
      if (said === null) return instance;
      if (said.kind === 'rebalance') return { ...instance, ...(notice && { notice }), rebalanceAt: said.at };
      return { ...instance, ...(rebalanceAt !== undefined && { rebalanceAt }), notice: said };
    });
  }

  /** Begins the end of an instance; one that already ends stays as it is. */
  shutDown(id: string, reason: StateReason, at: number): void {
    const instance = this.instances.get(id);
    if (instance?.state === 'pending' || instance?.state === 'running')
      this.move(instance, 'shutting-down', at, reason);
  }

  /** Everything that is due by `now` happens, oldest first; a listener may launch or end instances meanwhile. */
  advance(now: number): void {
    for (let due = this.nextDue(); due && due.at <= now; due = this.nextDue()) {
      if (due.to === null) this.instances.delete(due.instance.id);
      else this.move(due.instance, due.to, due.at, reasonOf(due));
    }
  }

  /** Ends the waiting of every instance in `state` at `now`, however long it still had to wait. */
  hurry(state: 'pending' | 'shutting-down', now: number): void {
    for (const instance of this.all()) {
      const next = this.next(instance);
      if (instance.state === state && next.to !== null) this.move(instance, next.to, now, instance.stateReason);
    }
  }

  /** Epoch milliseconds of the next change by itself, null when nothing will change. */
  nextChangeAt(): number | null {
    return this.nextDue()?.at ?? null;
  }

  private nextDue(): Due | undefined {
    let first: Due | undefined;
    for (const instance of this.instances.values()) {
      const due = this.next(instance);
      if (!first || due.at < first.at) first = due;
    }
    return first && first.at < Infinity ? first : undefined;
  }

  private next(instance: SimInstance): Due {
    const { state, since } = instance;
    switch (state) {
      case 'pending':
        return { instance, to: 'running', at: since + this.delays.pendingMs };
      case 'shutting-down':
        return { instance, to: 'terminated', at: since + this.delays.shuttingDownMs };
      case 'terminated':
        return { instance, to: null, at: since + this.delays.listedMs };
      case 'running':
        return { instance, to: 'shutting-down', at: instance.notice?.at ?? Infinity };
    }
  }

  private move(instance: SimInstance, to: InstanceState, at: number, stateReason: StateReason | null): void {
    const ends = to === 'shutting-down' ? { endedAt: at } : {};
    const moved = { ...instance, ...ends, state: to, since: at, stateReason };
    this.instances.set(instance.id, moved);
    this.announce({ at, from: instance.state, instance: moved });
  }

  private update(id: string, change: (instance: SimInstance) => SimInstance): void {
    const [instance] = this.find([id]);
    if (instance) this.instances.set(id, change(instance));
  }

  private announce(change: InstanceChange): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}

const TAKEN: Readonly<Record<InstanceNotice['kind'], StateReason>> = {
  interruption: {
    code: 'Server.SpotInstanceTermination',
    message: 'Server.SpotInstanceTermination: Spot instance termination',
  },
  maintenance: { code: 'Server.ScheduledStop', message: 'Server.ScheduledStop: Stopped due to a scheduled retirement' },
};

/** What runs ends by itself only when it was announced. */
function reasonOf({ instance, to }: Due): StateReason | null {
  return to === 'shutting-down' && instance.notice ? TAKEN[instance.notice.kind] : instance.stateReason;
}

interface Due {
  readonly instance: SimInstance;
  /** null: it leaves the list. */
  readonly to: InstanceState | null;
  readonly at: number;
}
