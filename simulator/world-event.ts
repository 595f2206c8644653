import type { InstanceState } from './ec2/ec2-types';
import type { WorldAction } from './world-action';

/** What happened in the world, in words of EC2 and Kubernetes. `at`: epoch milliseconds. */
export type WorldEvent = { readonly at: number } & (
  | { readonly kind: 'instance'; readonly instance: string; readonly state: InstanceState; readonly pool?: string }
  | { readonly kind: 'node-joined'; readonly node: string; readonly pool?: string }
  | { readonly kind: 'node-condition'; readonly node: string; readonly ready: boolean }
  | { readonly kind: 'node-removed'; readonly node: string }
  | { readonly kind: 'node-cordoned'; readonly node: string; readonly cordoned: boolean }
  | { readonly kind: 'replicas'; readonly workload: string; readonly replicas: number }
  | { readonly kind: 'action'; readonly action: WorldAction }
);

const LONGEST_LOG = 10_000;

/** The last 10,000 events, oldest first, and who wants to hear of new ones. */
export class EventLog {
  private readonly log: WorldEvent[] = [];
  private readonly listeners = new Set<(event: WorldEvent) => void>();

  get events(): readonly WorldEvent[] {
    return this.log;
  }

  add(event: WorldEvent): void {
    this.log.push(event);
    if (this.log.length > LONGEST_LOG) this.log.shift();
    for (const listener of this.listeners) listener(event);
  }

  /** Returns the way to stop listening. */
  onEvent(listener: (event: WorldEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
