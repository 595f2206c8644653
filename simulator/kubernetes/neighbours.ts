import { isCompleted, isTerminating } from './conditions';
import { isSelected, type Misfit } from './fit';
import type { KubeStore } from './kube-store';
import { selects } from './label-selector';
import type { KubeNode, KubePod, LabelSelector, PodAffinityTerm, TopologySpread } from './objects';
import { keyOf } from './table';

type BarrierAt = (node: KubeNode) => Misfit | null;

/** The scheduler's filters that look at other pods: hard topology spread and required anti-affinity, in both directions. */
export class Neighbours {
  /** Bound pods that keep others away. */
  private readonly unsocial = new Map<string, KubePod>();

  constructor(private readonly store: KubeStore) {
    store.pods.onChange((before, after) => {
      if (before) this.unsocial.delete(keyOf(before.metadata));
      if (after && isPlaced(after) && antiAffinity(after).length > 0) this.unsocial.set(keyOf(after.metadata), after);
    });
  }

  /** For one pod and the present moment: why a node among `nodes` does not take it, null where it does. */
  barriers(pod: KubePod, nodes: readonly KubeNode[]): BarrierAt {
    const filters = [
      ...hardSpread(pod).map((constraint) => this.spread(pod, constraint, nodes)),
      ...antiAffinity(pod).map((term) => this.avoided(pod, term)),
      ...[...this.unsocial.values()].flatMap((other) => this.unwelcome(pod, other)),
    ];
    return (node) => filters.map((filter) => filter(node)).find((misfit) => misfit !== null) ?? null;
  }

  private spread(pod: KubePod, { topologyKey, maxSkew, labelSelector }: TopologySpread, nodes: readonly KubeNode[]) {
    const counts = this.counts(pod, { topologyKey, labelSelector }, nodes);
    const self = selects(labelSelector, pod.metadata.labels) ? 1 : 0;
    const fewest = Math.min(...counts.values());
    const reason = "node(s) didn't match pod topology spread constraints";
    return (node: KubeNode): Misfit | null => {
      const count = counts.get(node.metadata.labels?.[topologyKey] ?? '');
      if (count === undefined) return misfit(`${reason} (missing required label)`);
      return count + self - fewest <= maxSkew ? null : misfit(reason);
    };
  }

  /** Pods by domain. Terminating pods do not count, nor do nodes that the pod could not choose by its labels. */
  private counts(
    pod: KubePod,
    { topologyKey, labelSelector }: Pick<TopologySpread, 'topologyKey'> & { labelSelector: LabelSelector | undefined },
    nodes: readonly KubeNode[],
  ): ReadonlyMap<string, number> {
    const open = nodes.filter((node) => isSelected(pod, node));
    const domains = open.flatMap(({ metadata }) => metadata.labels?.[topologyKey] ?? []);
    const counts = new Map(domains.map((domain) => [domain, 0]));
    const others = this.placed(pod.metadata.namespace ?? '').filter((other) => !isTerminating(other));
    for (const other of others.filter(({ metadata }) => selects(labelSelector, metadata.labels))) {
      const domain = this.domainOf(other, topologyKey) ?? '';
      const count = counts.get(domain);
      if (count !== undefined) counts.set(domain, count + 1);
    }
    return counts;
  }

  private avoided(pod: KubePod, term: PodAffinityTerm): BarrierAt {
    const namespaces = term.namespaces ?? [pod.metadata.namespace ?? ''];
    const others = namespaces
      .flatMap((namespace) => this.placed(namespace))
      .filter(({ metadata }) => selects(term.labelSelector, metadata.labels));
    const taken = new Set(others.map((other) => this.domainOf(other, term.topologyKey)));
    return inDomains(taken, term, "node(s) didn't match pod anti-affinity rules");
  }

  private unwelcome(pod: KubePod, other: KubePod): BarrierAt[] {
    return antiAffinity(other)
      .filter(({ namespaces = [other.metadata.namespace ?? ''], labelSelector }) => {
        return namespaces.includes(pod.metadata.namespace ?? '') && selects(labelSelector, pod.metadata.labels);
      })
      .map((term) => {
        const taken = new Set([this.domainOf(other, term.topologyKey)]);
        return inDomains(taken, term, "node(s) didn't satisfy existing pods anti-affinity rules");
      });
  }

  private placed(namespace: string): readonly KubePod[] {
    return this.store.podsOfNamespace.of(namespace).filter(isPlaced);
  }

  private domainOf({ spec }: KubePod, topologyKey: string): string | undefined {
    return this.store.nodes.get(spec.nodeName ?? '')?.metadata.labels?.[topologyKey];
  }
}

export function hasSpread(pod: KubePod): boolean {
  return hardSpread(pod).length > 0;
}

function hardSpread({ spec }: KubePod): readonly TopologySpread[] {
  return (spec.topologySpreadConstraints ?? []).filter((each) => each.whenUnsatisfiable === 'DoNotSchedule');
}

function antiAffinity({ spec }: KubePod): readonly PodAffinityTerm[] {
  return spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

function isPlaced(pod: KubePod): boolean {
  return pod.spec.nodeName !== undefined && !isCompleted(pod);
}

function inDomains(
  taken: ReadonlySet<string | undefined>,
  { topologyKey }: PodAffinityTerm,
  reason: string,
): BarrierAt {
  return ({ metadata }) => {
    const domain = metadata.labels?.[topologyKey];
    return domain !== undefined && taken.has(domain) ? misfit(reason) : null;
  };
}

function misfit(reason: string): Misfit {
  return { reasons: [reason], preemptible: true };
}
