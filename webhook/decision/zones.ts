import type { Node } from '../model/observation';

/** Written by the kubelet, by Kubernetes of old, and by the driver of EBS volumes. */
export const ZONE_LABELS = [
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.ebs.csi.aws.com/zone',
];

export function isZoneLabel(key: string): boolean {
  return ZONE_LABELS.includes(key);
}

/** Null for a node that does not say it. */
export function zoneOf({ labels }: Pick<Node, 'labels'>): string | null {
  const key = ZONE_LABELS.find((it) => labels[it] !== undefined);
  return key === undefined ? null : (labels[key] ?? null);
}
