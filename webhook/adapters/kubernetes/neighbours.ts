/** What a pod demands of the pods beside it: host ports, hard topology spread, required affinity between pods. */
import type {
  V1LabelSelector,
  V1Pod,
  V1PodAffinityTerm,
  V1PodSpec,
  V1TopologySpreadConstraint,
} from '@kubernetes/client-node';
import type { Raw } from './raw';
import type { HostPort, LabelSelector, NeighbourRule, Pod, Requirement, SpreadRule } from '../../model/observation';

type Labels = Readonly<Record<string, string>>;

type Neighbours = Pick<Pod, 'hostPorts' | 'spread' | 'apart' | 'together'>;

/** Most pods have none of it: then nothing is there. */
export function toNeighbours({ metadata = {}, spec }: Raw<V1Pod>): Neighbours {
  if (!spec) return {};
  const { labels = {}, namespace = '' } = metadata;
  const rules = (affinity: { requiredDuringSchedulingIgnoredDuringExecution?: readonly V1PodAffinityTerm[] } = {}) =>
    (affinity.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term) => toRule(term, namespace, labels));
  const found = {
    hostPorts: hostPortsOf(spec),
    spread: (spec.topologySpreadConstraints ?? []).flatMap((it) => toSpread(it, labels)),
    apart: rules(spec.affinity?.podAntiAffinity),
    together: rules(spec.affinity?.podAffinity),
  };
  return Object.fromEntries(Object.entries(found).filter(([, rule]) => rule.length > 0));
}

/** A selector that is absent selects nothing, one that is empty everything: null and []. */
export function toLabelSelector(selector: V1LabelSelector | undefined): LabelSelector | null {
  if (!selector) return null;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return [
    ...Object.entries(matchLabels).map(([key, value]): Requirement => ({ key, operator: 'In', values: [value] })),
    ...matchExpressions.map(({ key, operator, values = [] }) => ({
      key,
      operator: operator as Requirement['operator'],
      values,
    })),
  ];
}

/** With the host's network every port of a container is one of the node. */
function hostPortsOf({ containers, initContainers = [], hostNetwork = false }: Raw<V1PodSpec>): readonly HostPort[] {
  // Of init containers only those that stay hold on to theirs.
  const lasting = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  return lasting.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP = '' }) => {
      const port = hostPort ?? (hostNetwork ? containerPort : undefined);
      return port ? [{ protocol, port, ip: hostIP === '0.0.0.0' || hostIP === '::' ? '' : hostIP }] : [];
    }),
  );
}

function toSpread(constraint: V1TopologySpreadConstraint, labels: Labels): readonly SpreadRule[] {
  const { topologyKey, maxSkew, minDomains, whenUnsatisfiable, labelSelector, matchLabelKeys } = constraint;
  const selector = toLabelSelector(labelSelector);
  if (whenUnsatisfiable !== 'DoNotSchedule' || selector === null) return [];
  return [
    {
      topologyKey,
      maxSkew,
      ...(minDomains !== undefined && { minDomains }),
      selector: [...selector, ...ofThePod(matchLabelKeys, labels)],
    },
  ];
}

/** Labels of namespaces are not read: a term that selects namespaces by them is taken to mean all. */
function toRule(term: V1PodAffinityTerm, own: string, labels: Labels): readonly NeighbourRule[] {
  const { topologyKey, labelSelector, namespaces = [], namespaceSelector, matchLabelKeys } = term;
  const selector = toLabelSelector(labelSelector);
  if (selector === null) return [];
  const named = namespaces.length > 0 ? namespaces : [own];
  return [
    {
      topologyKey,
      namespaces: namespaceSelector ? null : named,
      selector: [...selector, ...ofThePod(matchLabelKeys, labels)],
    },
  ];
}

/** Keys whose values the pod itself has are part of the selector. */
function ofThePod(keys: readonly string[] = [], labels: Labels): LabelSelector {
  return keys.flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator: 'In' as const, values: [value] }];
  });
}
