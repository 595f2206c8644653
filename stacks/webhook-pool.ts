import type { PoolConfiguration } from './configuration/schema';

/** What a pool is made of in EC2. */
export interface MadePool {
  readonly template: { readonly id: string; readonly version: string };
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  /** Of the smallest type. */
  readonly allocatable: { readonly cpu: string; readonly memory: string };
}

/** A pool as `clusters.<name>.pools.<name>` of the webhook's configuration has it. */
export function webhookPool({ policy, min, max, instanceTypes, capacity }: PoolConfiguration, made: MadePool) {
  const { template, subnets, allocatable } = made;
  const launch = policy['launch'] as object | undefined;
  return {
    ...policy,
    min,
    max,
    node: { allocatable },
    launch: { ...launch, template, subnets, instanceTypes, capacity },
  };
}
