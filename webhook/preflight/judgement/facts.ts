import type { Fault } from '../../errors';
import type {
  DryRunAnswer,
  InstanceTypeFacts,
  Subnet,
  TemplateAnswer,
  TypeOffering,
  VcpuQuotas,
} from '../../model/region';

/** What became of a question. Unknown is neither good nor bad. */
export type Answer<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly fault: Fault };

export interface RegionFacts {
  readonly subnets: Answer<readonly Subnet[]>;
  readonly offerings: Answer<readonly TypeOffering[]>;
  readonly types: Answer<readonly InstanceTypeFacts[]>;
  readonly quotas: Answer<VcpuQuotas>;
}

export interface PoolFacts extends RegionFacts {
  readonly template: Answer<TemplateAnswer>;
  /** Of the image of the template; null when EC2 does not know the image, or the template names none by its id. */
  readonly architecture: Answer<string | null>;
  /** Instances of the pool that EC2 lists alive. */
  readonly alive: Answer<number>;
  /** What EC2 said to launches that it was asked not to carry out. */
  readonly tries: readonly { readonly action: string; readonly answer: Answer<DryRunAnswer> }[];
}

/** A question that got no answer. */
export interface Unanswered {
  readonly pool: string | null;
  /** What was asked for, such as `the subnets`. */
  readonly about: string;
  /** What the role needs to ask. */
  readonly permission: string;
  readonly fault: Fault;
}

/** Of all that is listed in `items`, or nothing when nobody knows. */
export function knownOr<T>(answer: Answer<T>, otherwise: T): T {
  return answer.known ? answer.value : otherwise;
}
