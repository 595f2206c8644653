/** What EC2 says of the things that a pool names: its launch template, subnets, types and what the account may have. */
import type { Fault } from '../errors';
import type { Capacity } from './offering';

/** A version of a launch template, reduced to what matters for workers. */
export interface TemplateVersion {
  /** `ami-...`, or `resolve:ssm:...`; null when it names none. */
  readonly imageId: string | null;
  /** Only IMDSv2 is answered. */
  readonly tokensRequired: boolean;
  /** How many network hops instance metadata may go; null when it says nothing. */
  readonly hopLimit: number | null;
  readonly instanceProfile: string | null;
  /** It fixes spot, which a fleet refuses. */
  readonly hasMarketOptions: boolean;
  /** What becomes of an instance that shuts itself down. */
  readonly onShutdown: 'stop' | 'terminate';
  /** Before base64. */
  readonly userDataBytes: number;
  readonly volumes: 'encrypted' | 'unencrypted' | 'not-said';
}

export type TemplateAnswer = TemplateVersion | 'no-template' | 'no-version';

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly vpc: string;
  /** `available`, or else it takes no instances. */
  readonly state: string;
  readonly freeAddresses: number;
}

export interface TypeOffering {
  readonly type: string;
  readonly zone: string;
}

export interface InstanceTypeFacts {
  readonly name: string;
  readonly vcpus: number;
  /** Bytes. */
  readonly memory: number;
  /** `x86_64`, `arm64`; some old types have two. */
  readonly architectures: readonly string[];
  readonly capacityTypes: readonly Capacity[];
}

export type DryRunAnswer =
  | { readonly kind: 'allowed' }
  /** The role may not. */
  | { readonly kind: 'forbidden'; readonly fault: Fault }
  /** The account has never had a spot instance, and the role may not make the service-linked role that it needs. */
  | { readonly kind: 'no-spot-role'; readonly fault: Fault }
  /** Something else is in the way. */
  | { readonly kind: 'refused'; readonly fault: Fault };

/** vCPUs of all standard families together that the account may run. */
export type VcpuQuotas = Readonly<Record<Capacity, number>>;
