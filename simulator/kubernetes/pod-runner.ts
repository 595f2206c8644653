import { isCompleted, isPodReady, isTerminating, withCondition } from './conditions';
import type { Condition, KubePod } from './objects';
import { deletePod } from './delete-pod';
import { annotatedMs, RUN_SECONDS, STOP_SECONDS } from './pod-template';
import { keyOf } from './table';
import type { KubeWorld } from './kube-world';

const STARTED = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'];

/** Starts, ends and completes the pods of kubelets that work. */
export class PodRunner {
  constructor(
    private readonly world: KubeWorld,
    private readonly works: (node: string) => boolean,
    /** What a kubelet needs to end a pod beyond what the pod needs, milliseconds of the clock. */
    private readonly slowness: (node: string) => number,
  ) {
    world.store.pods.onChange((before, after) => {
      if (after !== null && needsAttention(before, after)) this.sync(after);
    });
  }

  /** Looks at all pods of a node whose kubelet has begun to work. */
  syncNode(node: string): void {
    for (const pod of this.world.store.podsOfNode.of(node)) {
      this.sync(pod);
      if (pod.status.phase === 'Running' && !isPodReady(pod)) this.setReady(pod);
    }
  }

  private sync(pod: KubePod): void {
    if (!this.isServed(pod) || isCompleted(pod)) return;
    if (isTerminating(pod)) this.later(this.stopDelay(pod), pod, (now) => this.stopped(now));
    else if (pod.status.phase === 'Pending') {
      this.later(this.world.between(this.world.settings.podStartMs), pod, (now) => this.started(now));
    } else this.planCompletion(pod);
  }

  private isServed(pod: KubePod): boolean {
    return pod.spec.nodeName !== undefined && this.works(pod.spec.nodeName);
  }

  /** Works on the pod as it is then, if it is still the same one and its kubelet works. */
  private later(delayMs: number, { metadata }: KubePod, work: (pod: KubePod) => void): void {
    this.world.after(delayMs, () => {
      const pod = this.world.store.pods.get(keyOf(metadata));
      if (pod?.metadata.uid === metadata.uid && this.isServed(pod)) work(pod);
    });
  }

  private stopDelay(pod: KubePod): number {
    const grace = this.world.scaledSeconds(pod.metadata.deletionGracePeriodSeconds ?? 0);
    const asked = annotatedMs(pod, STOP_SECONDS);
    const needed =
      asked === null ? this.world.between(this.world.settings.podStopMs) : this.world.scaledSeconds(asked / 1000);
    return Math.min(grace, needed) + this.slowness(pod.spec.nodeName ?? '');
  }

  /** The last thing that a kubelet says of a pod is that SIGTERM ended it; then it deletes it for good. */
  private stopped(pod: KubePod): void {
    if (!isTerminating(pod)) return;
    const ended = { ...pod, status: { ...pod.status, phase: 'Failed' as const } };
    deletePod(this.world, this.world.store.pods.replace(ended), 0);
  }

  private started(pod: KubePod): void {
    if (isTerminating(pod) || pod.status.phase !== 'Pending') return;
    this.setReady(pod);
    this.planCompletion(pod);
  }

  private setReady(pod: KubePod): void {
    const timestamp = this.world.store.timestamp();
    const conditions = STARTED.reduce<Condition[]>(
      (all, type) => withCondition(all, { type, status: 'True', lastProbeTime: null }, timestamp),
      pod.status.conditions ?? [],
    );
    this.world.store.pods.replace({
      ...pod,
      status: { ...pod.status, phase: 'Running', conditions, startTime: pod.status.startTime ?? timestamp },
    });
  }

  private planCompletion(pod: KubePod): void {
    const runMs = annotatedMs(pod, RUN_SECONDS);
    if (runMs !== null) this.later(this.world.scaledSeconds(runMs / 1000), pod, (now) => this.completed(now));
  }

  /** A process that ends by itself ends well. One that is being ended is not waited for. */
  private completed(pod: KubePod): void {
    if (isTerminating(pod) || pod.status.phase !== 'Running') return;
    const timestamp = this.world.store.timestamp();
    const conditions = ['Ready', 'ContainersReady'].reduce<Condition[]>(
      (all, type) =>
        withCondition(all, { type, status: 'False', lastProbeTime: null, reason: 'PodCompleted' }, timestamp),
      pod.status.conditions ?? [],
    );
    this.world.store.pods.replace({ ...pod, status: { ...pod.status, phase: 'Succeeded', conditions } });
  }
}

/** Bound just now, or its end was asked for, or is to come sooner. */
function needsAttention(before: KubePod | null, after: KubePod): boolean {
  if (before === null) return after.spec.nodeName !== undefined;
  return (
    before.spec.nodeName !== after.spec.nodeName ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.metadata.deletionGracePeriodSeconds !== after.metadata.deletionGracePeriodSeconds
  );
}
