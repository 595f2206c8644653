import type { KubeNode, KubePod } from '../kubernetes/objects';
import { renderFamilies } from './exposition';
import { nodeFamilies } from './node-families';
import { podFamilies } from './pod-families';
import type { LabelAllowlist } from './state-labels';

/** `--metric-labels-allowlist=nodes=[smartscale/pool],pods=[smartscale/pool]`, as the metric contract asks. */
export const SHIPPED_ALLOWLIST: LabelAllowlist = { nodes: ['smartscale/pool'], pods: ['smartscale/pool'] };

/** What kube-state-metrics v2 publishes on /metrics about these objects: names, labels and semantics of the real one. */
export function renderKubeStateMetrics(
  objects: { readonly nodes: readonly KubeNode[]; readonly pods: readonly KubePod[] },
  allowlist: LabelAllowlist = SHIPPED_ALLOWLIST,
): string {
  return renderFamilies([
    ...nodeFamilies(objects.nodes, allowlist.nodes),
    ...podFamilies(objects.pods, allowlist.pods),
  ]);
}
