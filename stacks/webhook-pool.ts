import { LABELS } from '../webhook/model/names';
import type { Architecture } from './configuration/architecture';
import type { PoolConfiguration } from './configuration/schema';

/** What a pool is made of in EC2. */
export interface MadePool {
  readonly template: { readonly id: string; readonly version: string };
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  /** Of the smallest type. */
  readonly allocatable: { readonly cpu: string; readonly memory: string };
}

interface LaunchPolicy {
  readonly onDemandBase?: unknown;
}

const CREDENTIALS = '/run/credentials/smartscale.service';
/** How the webhook asks the Prometheus of the cluster, with what its unit gives it: k3s/server/smartscale.service. */
const OWN_PROMETHEUS = {
  prometheus: 'https://prometheus.monitoring.svc:9090',
  authorization: { scheme: 'Basic', file: `${CREDENTIALS}/monitoring-access` },
  caFile: `${CREDENTIALS}/authority`,
};

/** A pool as `clusters.<name>.pools.<name>` of the webhook's configuration has it. */
export function webhookPool(pool: PoolConfiguration, made: MadePool) {
  const { policy, min, max, instanceTypes, capacity, taints } = pool;
  const { template, subnets, allocatable } = made;
  const launch = policy['launch'] as LaunchPolicy | undefined;
  const node = policy['node'] as { readonly allocatable?: object } | undefined;
  const requestRate = policy['requestRate'];
  return {
    ...policy,
    ...(isOfOwn(requestRate) ? { requestRate: { ...OWN_PROMETHEUS, ...requestRate } } : {}),
    min,
    max,
    node: { allocatable: { ...allocatable, ...node?.allocatable }, labels: labelsOf(pool, launch), taints },
    launch: { ...launch, template, subnets, instanceTypes, capacity },
  };
}

/** As a kubelet says them. */
const ARCHITECTURES: Readonly<Record<Architecture, string>> = { x86_64: 'amd64', arm64: 'arm64' };

/** What every node of the pool is sure to have, beside what the webhook knows by itself: zone, region, type and pool. */
function labelsOf({ labels, architecture, capacity }: PoolConfiguration, launch?: LaunchPolicy) {
  const isMixed = capacity === 'spot' && (launch?.onDemandBase ?? 0) !== 0;
  return {
    'kubernetes.io/arch': ARCHITECTURES[architecture],
    // Also where a spot pool may have to launch on demand: a pod that insists on spot waits on, and one node did not help it.
    ...(isMixed ? {} : { [LABELS.capacityType]: capacity }),
    ...labels,
  };
}

/** Whoever names another Prometheus says how to ask that. */
function isOfOwn(requestRate: unknown): requestRate is object {
  return typeof requestRate === 'object' && requestRate !== null && !Object.hasOwn(requestRate, 'prometheus');
}
