/** What people see of a drain in Kubernetes itself: on the node before and after, on each pod that moves. */
import type { Operation, ScaleDown } from '../model/operation';
import type { ActionResult } from '../operation/step';
import type { ClusterEvent, Clock, EventsPort, PodRef } from '../ports';
import type { OperationEvents } from '../runner/events';

/** A blocker that stands is told again so often at most, milliseconds. */
const AGAIN_AFTER = 120_000;

export interface DrainEventsDeps {
  readonly events: EventsPort;
  readonly clock: Pick<Clock, 'now'>;
  /** Dollars an hour of an instance, where it is known. */
  readonly priceOf: (instanceId: string) => number | null;
}

type Evicted = ActionResult & { readonly result: 'evicted' };

export function drainEvents({ events, clock, priceOf }: DrainEventsDeps): OperationEvents {
  const told = new Map<string, { readonly at: number; readonly reason: string }>();
  const prices = new Map<string, number>();
  const blocked = (operation: ScaleDown) => {
    const { id, reason = '', detail = '' } = operation;
    const last = told.get(id);
    const isNews = reason === 'more-than-one-budget' && last?.reason !== reason;
    if (!isNews && last && clock.now() - last.at < AGAIN_AFTER) return;
    told.set(id, { at: clock.now(), reason });
    events.tell(onNode(operation, 'Warning', 'FailedDraining', `${reason}: ${detail}`));
  };
  return {
    entered: (_key, operation, before) => {
      if (operation.kind !== 'scale-down' || operation.node === null) return;
      const price = priceOf(operation.node.instanceId);
      if (operation.phase === 'draining' && price !== null) prices.set(operation.id, price);
      if (operation.phase === 'draining') events.tell(onNode(operation, 'Normal', 'ScaleDown', begins(operation)));
      if (operation.phase === 'rolling-back' && before.phase === 'draining') events.tell(failed(operation));
    },
    acted: (_key, operation, action, result) => {
      if (operation.kind !== 'scale-down' || operation.node === null) return;
      if (result.result === 'evicted') onPods(operation, result).forEach((event) => events.tell(event));
      if (result.result === 'evicted') whatKeeps(operation, result).forEach(blocked);
      if (action.do === 'terminate' && isProtected(result)) blocked({ ...operation, ...PROTECTED });
    },
    waits: (_key, operation) => {
      if (operation.kind === 'scale-down' && operation.phase === 'draining') blocked(operation);
    },
    closed: (_key, operation, at) => {
      if (isDone(operation)) {
        events.tell(onNode(operation, 'Normal', 'ScaleDown', ends(operation, at, prices.get(operation.id))));
      }
      told.delete(operation.id);
      prices.delete(operation.id);
    },
  };
}

/** The operation with the reason to be told, if any: what a budget says, or that the API server does not do it. */
function whatKeeps(operation: ScaleDown, { refused, standing, fault = standing }: Evicted): readonly ScaleDown[] {
  if (refused.length > 0) return [operation];
  return fault ? [{ ...operation, reason: fault.code, detail: fault.message }] : [];
}

const PROTECTED = {
  reason: 'termination-protected',
  detail: 'EC2 does not end the instance, its termination protection is on; take it off, and it goes on',
} as const;

function isProtected(result: ActionResult): boolean {
  return result.result === 'failed' && result.fault.code === 'ec2-termination-protected';
}

function isDone(operation: Operation): operation is ScaleDown {
  return operation.kind === 'scale-down' && operation.phase === 'done' && operation.node !== null;
}

function begins({ trigger, pods = 0, deadline, forced, notice }: ScaleDown): string {
  const why = forced ? `EC2 takes it (${notice?.kind ?? trigger.alert})` : trigger.alert;
  const until = deadline === null ? '' : `, until ${new Date(deadline).toISOString()}`;
  return `draining because of ${why}: ${forced ? 'all its pods' : `${pods} pods`} to move${until}`;
}

function failed(operation: ScaleDown): ClusterEvent {
  const { reason = '', detail = '' } = operation;
  return onNode(operation, 'Warning', 'ScaleDownFailed', `back in service, ${reason}: ${detail}`);
}

function ends({ acceptedAt, evicted }: ScaleDown, at: number, price: number | undefined): string {
  const saved = price === undefined ? '' : `, saves $${price.toFixed(3)} an hour`;
  return `removed after ${Math.round((at - acceptedAt) / 1000)} s, ${evicted} pods moved${saved}`;
}

function onPods({ node, trigger }: ScaleDown, { accepted, forced = [] }: Evicted): readonly ClusterEvent[] {
  const from = `node ${node?.name} is given back (${trigger.alert})`;
  return [
    ...accepted.map((pod) => onPod(pod, 'Normal', 'ScaleDown', `evicted: ${from}`)),
    ...forced.map((pod) =>
      onPod(
        pod,
        'Warning',
        'ForcedDeletion',
        `deleted with ${pod.graceSeconds} s of grace, past budgets and opt-outs: ${from}`,
      ),
    ),
  ];
}

function onNode({ node }: ScaleDown, type: ClusterEvent['type'], reason: string, message: string): ClusterEvent {
  return { about: { kind: 'Node', name: node?.name ?? '', uid: node?.uid ?? '' }, type, reason, message };
}

function onPod(pod: PodRef, type: ClusterEvent['type'], reason: string, message: string): ClusterEvent {
  const { namespace, name, uid } = pod;
  return { about: { kind: 'Pod', namespace, name, uid }, type, reason, message };
}
