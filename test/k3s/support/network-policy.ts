import { selects, type Labels } from '../../../simulator/kubernetes/label-selector';
import type { LabelSelector } from '../../../simulator/kubernetes/objects';

export interface NetworkPolicy {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly podSelector: LabelSelector;
    readonly policyTypes: readonly ('Ingress' | 'Egress')[];
    readonly ingress?: readonly {
      readonly from?: readonly From[];
      readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
    }[];
  };
}

interface From {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
}

/** A pod, or a process of a machine when `labels` is absent. */
export interface Peer {
  readonly node: string;
  readonly namespace?: string;
  readonly labels?: Labels;
}

/**
 * Whether the peer reaches that TCP port of the pod: networking.k8s.io/v1, ingress. A pod that no policy selects is open;
 * of the others the rules add up; the machine that a pod runs on always reaches it. Blocks of addresses, named ports and
 * ranges are not known here: a policy that has one is refused.
 */
export function reaches(policies: readonly NetworkPolicy[], peer: Peer, pod: Required<Peer>, port: number): boolean {
  if (peer.labels === undefined && peer.node === pod.node) return true;
  const selecting = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.namespace &&
      spec.policyTypes.includes('Ingress') &&
      selects(spec.podSelector, pod.labels),
  );
  if (selecting.length === 0) return true;
  const rules = selecting.flatMap(({ spec }) => spec.ingress ?? []);
  return rules.some(
    ({ from, ports }) =>
      (from === undefined || from.some((it) => isFrom(it, peer, pod.namespace))) &&
      (ports === undefined || ports.some((it) => it.protocol === 'TCP' && it.port === port)),
  );
}

function isFrom({ podSelector, namespaceSelector, ...others }: From, peer: Peer, namespace: string): boolean {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`${unknown} is not understood`);
  if (peer.labels === undefined) return false;
  const inNamespace = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': peer.namespace ?? '' })
    : peer.namespace === namespace;
  return inNamespace && (podSelector === undefined || selects(podSelector, peer.labels));
}
