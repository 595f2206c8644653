import { ApiError, conflict, notFound, tooManyRequests } from './api-error';
import { isCompleted, isPodReady, isTerminating, withCondition } from './conditions';
import { deletePod } from './delete-pod';
import { covers, disruptionAllowed } from './disruption';
import type { KubeWorld } from './kube-world';
import type { KubePod, KubePodDisruptionBudget } from './objects';
import { keyOf } from './table';

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface EvictionRequest {
  readonly namespace: string;
  readonly name: string;
  readonly preconditions?: Preconditions;
  readonly graceSeconds?: number;
  readonly dryRun?: boolean;
}

/**
 * What the eviction subresource does, in the order of the real one. Returning is no proof that the pod goes: a pod that
 * is terminating already, and a dry run, return as well. Throws ApiError: 404, 409 (another uid), 429 (budget used up,
 * or not looked at yet: then with Retry-After), 500 (two budgets).
 */
export function evict(world: KubeWorld, request: EvictionRequest): void {
  const pod = world.store.pods.get(keyOf(request));
  if (pod === undefined) throw notFound('pods', request.name);
  checkPreconditions('Pod', pod.metadata, request.preconditions);
  if (!isFree(pod)) takeFromBudget(world, pod, request.dryRun ?? false);
  if (request.dryRun) return;
  if (isTerminating(pod)) {
    deletePod(world, pod, request.graceSeconds);
    return;
  }
  const condition = {
    type: 'DisruptionTarget',
    status: 'True' as const,
    lastProbeTime: null,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  const conditions = withCondition(pod.status.conditions, condition, world.store.timestamp());
  const marked = world.store.pods.replace({ ...pod, status: { ...pod.status, conditions } });
  deletePod(world, marked, request.graceSeconds);
}

/** Throws the 409 that a DELETE and an eviction give. */
export function checkPreconditions(
  kind: string,
  metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string },
  { uid, resourceVersion }: Preconditions = {},
): void {
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid})`;
    throw conflict(kind, metadata.name, `${why}. The object might have been deleted and then recreated`);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const record = `the ResourceVersion in record (${metadata.resourceVersion})`;
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match ${record}`;
    throw conflict(kind, metadata.name, `${why}. The object might have been modified`);
  }
}

/** No budget is asked about pods that serve nobody. */
function isFree(pod: KubePod): boolean {
  return isTerminating(pod) || isCompleted(pod) || pod.status.phase === 'Pending';
}

function takeFromBudget(world: KubeWorld, pod: KubePod, dryRun: boolean): void {
  const budgets = [...world.store.poddisruptionbudgets.values()].filter((budget) => covers(budget, pod));
  if (budgets.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiError({ code: 500, message });
  }
  const [budget] = budgets;
  if (budget === undefined || mayGoUnhealthy(budget, pod)) return;
  checkAllowance(budget, world.settings.retryAfterSeconds);
  if (!dryRun) decrement(world, budget, pod.metadata.name);
}

/** A pod that is not Ready breaks no budget, if the budget says so or the others are healthy enough. */
function mayGoUnhealthy({ spec, status }: KubePodDisruptionBudget, pod: KubePod): boolean {
  if (isPodReady(pod)) return false;
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return status.desiredHealthy > 0 && status.currentHealthy >= status.desiredHealthy;
}

function checkAllowance({ metadata, status }: KubePodDisruptionBudget, retryAfterSeconds: number): void {
  const reason = 'DisruptionBudget';
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    const message = `The disruption budget ${metadata.name} is still being processed by the server.`;
    throw tooManyRequests({ reason, message }, retryAfterSeconds);
  }
  if (status.disruptionsAllowed > 0) return;
  const needs = `needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
  throw tooManyRequests({ reason, message: `The disruption budget ${metadata.name} ${needs}` });
}

/** Written by the API server itself, so that two evictions between two looks of the controller do not both pass. */
function decrement(world: KubeWorld, budget: KubePodDisruptionBudget, pod: string): void {
  const { status, metadata } = budget;
  const timestamp = world.store.timestamp();
  const disruptionsAllowed = status.disruptionsAllowed - 1;
  const condition = disruptionAllowed(disruptionsAllowed, metadata.generation ?? 1);
  world.store.poddisruptionbudgets.replace({
    ...budget,
    status: {
      ...status,
      disruptionsAllowed,
      disruptedPods: { ...status.disruptedPods, [pod]: timestamp },
      conditions: withCondition(status.conditions, condition, timestamp),
    },
  });
}
