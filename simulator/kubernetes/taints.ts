import type { KubeNode, KubePod, KubeTaint, KubeToleration } from './objects';

export function isTolerated({ key, value, effect }: KubeTaint, tolerations: readonly KubeToleration[]): boolean {
  return tolerations.some((toleration) => {
    if (toleration.effect && toleration.effect !== effect) return false;
    if (toleration.key && toleration.key !== key) return false;
    if (toleration.operator === 'Exists') return true;
    return Boolean(toleration.key) && (toleration.value ?? '') === (value ?? '');
  });
}

/** The first taint that keeps the pod from being placed there; PreferNoSchedule keeps nobody. */
export function untolerated(pod: KubePod, node: KubeNode): KubeTaint | undefined {
  return node.spec.taints?.find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, pod.spec.tolerations ?? []),
  );
}

export function avoids(pod: KubePod, node: KubeNode): boolean {
  return (node.spec.taints ?? []).some(
    (taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, pod.spec.tolerations ?? []),
  );
}
