import type { PoolPolicy } from '../model/pool';
import { gatherFacts, type RegionPorts } from './gather-facts';
import type { Finding } from './judgement/finding';
import { judgeRegion } from './judgement/judge-region';

/** Everything that EC2 can tell about the pools of a cluster before anything is launched. Changes nothing, never rejects. */
export async function preflightRegion(
  cluster: string,
  pools: Readonly<Record<string, PoolPolicy>>,
  ports: RegionPorts,
): Promise<readonly Finding[]> {
  return judgeRegion(await gatherFacts(cluster, pools, ports));
}
