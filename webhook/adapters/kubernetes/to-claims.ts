/** Claims with what their volumes demand of a node: by node affinity, and by the zone label of volumes of old. */
import type { V1PersistentVolume, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { Claim, NodeTerm, Requirement } from '../../model/observation';
import { toNodeTerms } from './node-terms';
import { textsOf } from './object-meta';

const ZONES = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
/** Between the zones of a volume that lives in several. */
const BETWEEN_ZONES = '__';

export function toClaims(
  claims: readonly V1PersistentVolumeClaim[],
  volumes: readonly V1PersistentVolume[],
): readonly Claim[] {
  const byName = new Map(volumes.map((volume) => [volume.metadata?.name, volume]));
  return claims.map(({ metadata = {}, spec }) => {
    const volume = spec?.volumeName ?? null;
    const found = volume === null ? undefined : byName.get(volume);
    return {
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      volume,
      nodes: found ? demands(found) : null,
    };
  });
}

function demands({ metadata, spec }: V1PersistentVolume): readonly NodeTerm[] | null {
  const { labels } = textsOf(metadata);
  const zones = ZONES.flatMap((key): Requirement[] => {
    const zone = labels[key];
    return zone === undefined ? [] : [{ key, operator: 'In', values: zone.split(BETWEEN_ZONES) }];
  });
  const required = spec?.nodeAffinity?.required;
  if (!required) return zones.length > 0 ? [{ labels: zones, fields: [] }] : null;
  return toNodeTerms(required).map(({ labels: own, fields }) => ({ labels: [...own, ...zones], fields }));
}
