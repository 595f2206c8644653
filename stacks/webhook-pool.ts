import type { PoolConfiguration } from './configuration/schema';

/** What a pool is made of in EC2. */
export interface MadePool {
  readonly template: { readonly id: string; readonly version: string };
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  /** Of the smallest type. */
  readonly allocatable: { readonly cpu: string; readonly memory: string };
}

const CREDENTIALS = '/run/credentials/smartscale.service';
/** How the webhook asks the Prometheus of the cluster, with what its unit gives it: k3s/server/smartscale.service. */
const OWN_PROMETHEUS = {
  prometheus: 'https://prometheus.monitoring.svc:9090',
  authorization: { scheme: 'Basic', file: `${CREDENTIALS}/monitoring-access` },
  caFile: `${CREDENTIALS}/authority`,
};

/** A pool as `clusters.<name>.pools.<name>` of the webhook's configuration has it. */
export function webhookPool({ policy, min, max, instanceTypes, capacity }: PoolConfiguration, made: MadePool) {
  const { template, subnets, allocatable } = made;
  const launch = policy['launch'] as object | undefined;
  const requestRate = policy['requestRate'];
  return {
    ...policy,
    ...(isOfOwn(requestRate) ? { requestRate: { ...OWN_PROMETHEUS, ...requestRate } } : {}),
    min,
    max,
    node: { allocatable },
    launch: { ...launch, template, subnets, instanceTypes, capacity },
  };
}

/** Whoever names another Prometheus says how to ask that. */
function isOfOwn(requestRate: unknown): requestRate is object {
  return typeof requestRate === 'object' && requestRate !== null && !Object.hasOwn(requestRate, 'prometheus');
}
