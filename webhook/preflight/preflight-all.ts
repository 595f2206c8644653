import type { PoolPolicy } from '../model/pool';
import type { RegionPorts } from './gather-facts';
import type { Finding } from './judgement/finding';
import { preflightPeers, preflightShared, type ClusterPeers, type SharedPeers } from './preflight-peers';
import { preflightRegion } from './preflight-region';

export interface PreflightCluster extends ClusterPeers, RegionPorts {
  readonly pools: Readonly<Record<string, PoolPolicy>>;
}

/** Everything that can be known before the service starts, of all clusters. Changes nothing, never rejects. */
export async function preflightAll(
  clusters: ReadonlyMap<string, PreflightCluster>,
  shared: SharedPeers,
): Promise<readonly Finding[]> {
  const asked = [...clusters].map(async ([name, { pools, ...ports }]) => [
    ...(await preflightPeers(name, ports)),
    ...(await preflightRegion(name, pools, ports)),
  ]);
  return (await Promise.all([preflightShared(shared), ...asked])).flat();
}
