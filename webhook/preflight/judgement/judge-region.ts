import type { DryRunAnswer } from '../../model/region';
import type { Answer, PoolFacts, RegionFacts, Unanswered } from './facts';
import type { CheckedPool, Finding } from './finding';
import { launchFindings, terminateFindings, unansweredFindings } from './permission-findings';
import { quotaFindings } from './quota-findings';
import { subnetFindings } from './subnet-findings';
import { templateFindings } from './template-findings';
import { typeFindings } from './type-findings';

/** All that EC2 was asked about one cluster. */
export interface ClusterFacts {
  readonly cluster: string;
  readonly pools: readonly (CheckedPool & { readonly facts: PoolFacts })[];
  readonly region: RegionFacts;
  /** Null: there is no instance to try it on. */
  readonly terminate: Answer<DryRunAnswer> | null;
  readonly unanswered: readonly Unanswered[];
}

/** Every problem of every pool at once, pool by pool. */
export function judgeRegion({ cluster, pools, region, terminate, unanswered }: ClusterFacts): readonly Finding[] {
  return [
    ...unansweredFindings(cluster, unanswered),
    ...terminateFindings(cluster, terminate),
    ...pools.flatMap(({ facts, ...pool }) => [
      ...templateFindings(pool, facts),
      ...subnetFindings(pool, facts),
      ...typeFindings(pool, facts),
      ...launchFindings(pool, facts),
    ]),
    ...quotaFindings(pools, region),
  ];
}
