import type { LaunchPolicy, PoolPolicy } from '../../webhook/model/pool';
import type { InstanceTypeFacts, Subnet, TemplateVersion, TypeOffering } from '../../webhook/model/region';
import { SmartScaleError, type ErrorCode } from '../../webhook/errors';
import type { Answer, PoolFacts } from '../../webhook/preflight/judgement/facts';
import type { ClusterFacts } from '../../webhook/preflight/judgement/judge-region';
import { aPolicy, GIB, KEY } from '../support/builders';

export function known<T>(value: T): Answer<T> {
  return { known: true, value };
}

export function faultOf(code: ErrorCode, message = 'because') {
  return new SmartScaleError(code, message).fault;
}

export function unknown(code: ErrorCode): Answer<never> {
  return { known: false, fault: faultOf(code) };
}

export const TEMPLATE: TemplateVersion = {
  imageId: 'ami-1',
  tokensRequired: true,
  hopLimit: 1,
  instanceProfile: 'worker',
  hasMarketOptions: false,
  onShutdown: 'terminate',
  userDataBytes: 16_384,
  volumes: 'encrypted',
};

export const SUBNETS: readonly Subnet[] = ['a', 'b'].map((letter) => ({
  id: `subnet-${letter}`,
  zone: `eu-central-1${letter}`,
  vpc: 'vpc-1',
  state: 'available',
  freeAddresses: 100,
}));

export function aType(name: string, facts: Partial<InstanceTypeFacts> = {}): InstanceTypeFacts {
  return { name, vcpus: 2, memory: 8 * GIB, architectures: ['x86_64'], capacityTypes: ['on-demand', 'spot'], ...facts };
}

export function offeredEverywhere(types: readonly string[]): readonly TypeOffering[] {
  return types.flatMap((type) => SUBNETS.map(({ zone }) => ({ type, zone })));
}

/** A pool of which everything is right, but for what is given. */
export interface Case {
  readonly pool?: string;
  readonly policy?: Partial<Omit<PoolPolicy, 'launch'>>;
  readonly launch?: Partial<LaunchPolicy>;
  readonly facts?: Partial<PoolFacts>;
}

const FIVE = ['m6a.large', 'm6i.large', 'm5.large', 'm5a.large', 'm7i.large'];

export function clusterOf(cases: readonly Case[], rest: Partial<ClusterFacts> = {}): ClusterFacts {
  const pools = cases.map(({ pool = KEY.pool, policy, launch, facts }) => {
    const base = aPolicy(policy);
    const whole = { ...base.launch, instanceTypes: FIVE, ...launch };
    return {
      cluster: KEY.cluster,
      pool,
      policy: { ...base, launch: whole },
      facts: {
        template: known(TEMPLATE),
        architecture: known<string | null>('x86_64'),
        subnets: known(SUBNETS),
        offerings: known(offeredEverywhere(whole.instanceTypes)),
        types: known(whole.instanceTypes.map((name) => aType(name))),
        quotas: known({ 'on-demand': 1000, spot: 1000 }),
        alive: known(0),
        tries: ['CreateFleet', 'RunInstances'].map((action) => ({
          action,
          answer: known({ kind: 'allowed' } as const),
        })),
        ...facts,
      },
    };
  });
  const { types, subnets, offerings, quotas } = pools[0]?.facts ?? nobody();
  return {
    cluster: KEY.cluster,
    pools,
    region: { types, subnets, offerings, quotas },
    terminate: known({ kind: 'allowed' }),
    unanswered: [],
    ...rest,
  };
}

function nobody(): never {
  throw new Error('a cluster without pools');
}
