/**
 * Whether what EC2 shows can be the EC2 of this cluster: pure. Wrong credentials, another region or an answer that lacks
 * a part look like instances that are gone. K3s knows better: a kubelet that reports runs on an instance that exists, and
 * EC2 lists even a terminated one for about an hour.
 */
import { isAlive, type CompleteObservation, type Instance, type Node } from '../model/observation';

export type Voucher =
  /** EC2 knows the instance of every Ready node, and shows at least one of them alive. */
  | { readonly kind: 'vouched' }
  /** No Ready node says anything: what EC2 does not show proves nothing. */
  | { readonly kind: 'unproven' }
  /** These nodes are Ready, and EC2, asked by id, does not know their instances: its view is wrong. */
  | { readonly kind: 'contradicted'; readonly unknown: readonly Node[] };

/** EC2 may not show yet what has just been launched: a younger node says nothing. Milliseconds. */
const SHOWN_AFTER = 60_000;

/** Nodes that prove their instance, those of the control plane and of no pool included. */
export function witnesses(seen: CompleteObservation): readonly Node[] {
  return seen.nodes.filter((node) => node.ready && node.instanceId !== null && seen.at - node.createdAt >= SHOWN_AFTER);
}

/** `byId`: what EC2 shows, listed or asked by id. */
export function vouch(seen: CompleteObservation, byId: ReadonlyMap<string, Instance>): Voucher {
  const asked = witnesses(seen).map((node) => ({ node, instance: byId.get(node.instanceId ?? '') }));
  const unknown = asked.flatMap(({ node, instance }) => (instance ? [] : [node]));
  if (unknown.length > 0) return { kind: 'contradicted', unknown };
  return { kind: asked.some(({ instance }) => instance && isAlive(instance)) ? 'vouched' : 'unproven' };
}
