/** Claims with what their volumes demand of a node: by node affinity, and by the zone label of volumes of old. */
import type { V1PersistentVolume, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { Claim, NodeTerm, Requirement } from '../../model/observation';
import { toNodeTerms } from './node-terms';
import { textsOf } from './object-meta';
import type { Raw } from './raw';

const ZONES = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
/** Between the zones of a volume that lives in several. */
const BETWEEN_ZONES = '__';

export type RawClaim = Raw<V1PersistentVolumeClaim>;
export type RawVolume = Raw<V1PersistentVolume>;

export function toClaims(claims: readonly RawClaim[], volumes: readonly RawVolume[]): readonly Claim[] {
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

function demands({ metadata, spec }: RawVolume): readonly NodeTerm[] | null {
  const { labels } = textsOf(metadata);
  const zones = ZONES.flatMap((key): Requirement[] => {
    const zone = labels[key];
    return zone === undefined ? [] : [{ key, operator: 'In', values: zone.split(BETWEEN_ZONES) }];
  });
  const required = spec?.nodeAffinity?.required;
  if (!required) return zones.length > 0 ? [{ labels: zones, fields: [] }] : null;
  return toNodeTerms(required).map(({ labels: own, fields }) => ({ labels: [...own, ...zones], fields }));
}

/** The parts of a claim that are read here. */
export function claimPart({ metadata: { namespace, name } = {}, spec }: RawClaim): RawClaim {
  const volumeName = spec?.volumeName;
  return {
    metadata: { ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) },
    spec: { ...(volumeName !== undefined && { volumeName }) },
  };
}

/** The parts of a volume that are read here. */
export function volumePart({ metadata: { name, labels } = {}, spec }: RawVolume): RawVolume {
  const nodeAffinity = spec?.nodeAffinity;
  return {
    metadata: { ...(name !== undefined && { name }), ...(labels !== undefined && { labels }) },
    spec: { ...(nodeAffinity !== undefined && { nodeAffinity }) },
  };
}
