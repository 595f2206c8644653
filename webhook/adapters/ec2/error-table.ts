import { type ErrorCode, type Fault, SmartScaleError } from '../../errors';
import type { DryRunAnswer } from '../../model/region';

/**
 * What an error says about the call that got it.
 * `refused`: EC2 looked at the request and did nothing. `unknown`: something may have been done, or may still be.
 */
export type Outcome = 'refused' | 'unknown';

interface ErrorClass {
  readonly code: ErrorCode;
  readonly outcome: Outcome;
  readonly names: readonly string[];
  /** Beginnings of names, for families such as `InvalidSubnetID.NotFound`. */
  readonly prefixes?: readonly string[];
}

/**
 * The only place that knows EC2's error names, thrown or inside the `Errors` of a fleet.
 *
 * Throttled is `unknown`, although EC2 refuses a throttled request before it does anything: the SDK repeats by itself
 * and reports only the last try, so that an earlier one may have launched and lost its reply. Asking again with the same
 * token finds out and costs nothing. Expired credentials are the same: refresh them and ask again.
 * `refused` is safe after lost tries too, since every try carries the same token and EC2 answers a token that has
 * launched with what it launched. The exception is a permission that is taken away between two tries of one call: what
 * the first of them launched carries our tags, and the sweep finds it.
 * A reused token is `unknown`: what it launched under its first parameters exists.
 */
export const ERROR_CLASSES: readonly ErrorClass[] = [
  {
    code: 'ec2-no-capacity',
    outcome: 'refused',
    names: [
      'InsufficientInstanceCapacity',
      'InsufficientHostCapacity',
      'InsufficientCapacityOnHost',
      'InsufficientReservedInstanceCapacity',
      'ReservationCapacityExceeded',
      'UnfulfillableCapacity',
      'InsufficientCapacity',
      'SpotMaxPriceTooLow',
      'TargetCapacityLimitExceededException',
      'InsufficientFreeAddressesInSubnet',
    ],
  },
  {
    code: 'ec2-quota',
    outcome: 'refused',
    names: [
      'VcpuLimitExceeded',
      'InstanceLimitExceeded',
      'MaxSpotInstanceCountExceeded',
      'MaxSpotFleetRequestCountExceeded',
      'MaxFleetCountExceeded',
      'ResourceLimitExceeded',
      'VolumeLimitExceeded',
      'PrivateIpAddressLimitExceeded',
      'NetworkInterfaceLimitExceeded',
    ],
  },
  {
    code: 'ec2-throttled',
    outcome: 'unknown',
    names: [
      'RequestLimitExceeded',
      'Throttling',
      'ThrottlingException',
      'ThrottledException',
      'EC2ThrottledException',
      'RequestThrottled',
      'RequestThrottledException',
      'TooManyRequestsException',
      'SlowDown',
      // Nobody was asked: see request-limits.ts.
      'OwnRequestLimit',
    ],
  },
  {
    code: 'ec2-unreachable',
    outcome: 'unknown',
    names: ['InternalError', 'InternalFailure', 'Unavailable', 'ServiceUnavailable', 'RequestTimeout'],
  },
  {
    code: 'ec2-unauthorized',
    outcome: 'refused',
    names: [
      'UnauthorizedOperation',
      'AuthFailure',
      'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
      'PendingVerification',
      'OptInRequired',
      'Blocked',
      'InvalidClientTokenId',
      'SignatureDoesNotMatch',
      // Service Quotas.
      'AccessDeniedException',
    ],
  },
  {
    code: 'ec2-unauthorized',
    outcome: 'unknown',
    names: ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'CredentialsProviderError'],
  },
  { code: 'ec2-token-reused', outcome: 'unknown', names: ['IdempotentParameterMismatch'] },
  { code: 'ec2-termination-protected', outcome: 'refused', names: ['OperationNotPermitted'] },
  {
    code: 'ec2-bad-configuration',
    outcome: 'refused',
    names: ['Unsupported', 'UnsupportedOperation', 'MissingParameter', 'UnknownParameter', 'NoSuchResourceException'],
    // Launch template, image, subnet, security group, key pair, instance profile, user data, type, fleet, parameters.
    prefixes: ['Invalid'],
  },
];

const LONGEST_MESSAGE = 300;

export interface Verdict {
  readonly fault: Fault;
  readonly outcome: Outcome;
}

/** Anything that a call of the SDK threw. What is not an answer of EC2 itself says nothing about the outcome. */
export function verdictOf(error: unknown): Verdict {
  const { name, message, answeredByEc2, status } = read(error);
  const known = answeredByEc2 ? classOf(name) : exactClassOf(name);
  if (known) return verdict(known, `${name}: ${message}`);
  if (status === 429 || status === 503) return verdict(THROTTLED, `HTTP ${status}: ${message}`);
  if (answeredByEc2 && status < 500) return verdict(UNLISTED, `${name}: ${message}`);
  return verdict(UNREACHABLE, status > 0 ? `HTTP ${status}: ${message}` : message);
}

/** An entry of the `Errors` of a fleet: always definite, the fleet is done. */
export function faultOfFleetError(name: string, message: string): Fault {
  return verdict(classOf(name) ?? UNLISTED, `${name}: ${message}`).fault;
}

/** Undefined for a name that is not in the table. */
export function classOfError(name: string): ErrorCode | undefined {
  return classOf(name)?.code;
}

/** EC2's name of what a call of the SDK threw; empty when it was not EC2 that answered. */
export function nameOfError(error: unknown): string {
  const { name, answeredByEc2 } = read(error);
  return answeredByEc2 ? name : '';
}

/** EC2 knows no such instance: it never existed, or ended more than an hour ago. */
export function isUnknownInstance(error: unknown): boolean {
  return /^InvalidInstanceID\.(NotFound|Malformed)$/.test(read(error).name);
}

/** The machine's type cannot tell the newest of its console: only what was collected lately. */
export function isLatestRefused(error: unknown): boolean {
  return /^(UnsupportedOperation|InvalidParameterCombination|Unsupported)$/.test(read(error).name);
}

/** The batch failed because of one instance in it. */
export function isAboutOneInstance(error: unknown): boolean {
  return isUnknownInstance(error) || read(error).name === 'OperationNotPermitted';
}

/** What a dry run says, which is answered with an error in any case. Throws SmartScaleError when nobody knows. */
export function dryRunAnswer(error: unknown): DryRunAnswer {
  const { name } = read(error);
  if (name === 'DryRunOperation') return { kind: 'allowed' };
  const { fault, outcome } = verdictOf(error);
  if (name === 'AuthFailure.ServiceLinkedRoleCreationNotPermitted') return { kind: 'no-spot-role', fault };
  if (fault.code === 'ec2-unauthorized') return { kind: 'forbidden', fault };
  if (outcome === 'refused') return { kind: 'refused', fault };
  throw smartScaleErrorOf(error);
}

/** Null when the error is about something else. */
export function missingTemplate(error: unknown): 'no-template' | 'no-version' | null {
  const { name } = read(error);
  if (/^InvalidLaunchTemplate(Id|Name)\.VersionNotFound/.test(name)) return 'no-version';
  return /^InvalidLaunchTemplateId\.(NotFound|Malformed)/.test(name) ? 'no-template' : null;
}

export function smartScaleErrorOf(error: unknown): SmartScaleError {
  if (error instanceof SmartScaleError) return error;
  const { fault } = verdictOf(error);
  return new SmartScaleError(fault.code, fault.message, { cause: error });
}

type Meaning = Pick<ErrorClass, 'code' | 'outcome'>;
const THROTTLED: Meaning = { code: 'ec2-throttled', outcome: 'unknown' };
const UNREACHABLE: Meaning = { code: 'ec2-unreachable', outcome: 'unknown' };
const UNLISTED: Meaning = { code: 'ec2-bad-configuration', outcome: 'refused' };

function exactClassOf(name: string): Meaning | undefined {
  return ERROR_CLASSES.find(({ names }) => names.includes(name));
}

function classOf(name: string): Meaning | undefined {
  const startsName = (prefix: string) => name.startsWith(prefix);
  return exactClassOf(name) ?? ERROR_CLASSES.find(({ prefixes = [] }) => prefixes.some(startsName));
}

/** Messages of EC2 may carry kilobytes of encoded policy; they are stored in operations, which must stay small. */
function verdict({ code, outcome }: Meaning, message: string): Verdict {
  const text = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message;
  return { outcome, fault: new SmartScaleError(code, text).fault };
}

/** `Code` is set by the SDK only when it found EC2's XML: a proxy's page has a status and nothing else. */
function read(error: unknown): { name: string; message: string; answeredByEc2: boolean; status: number } {
  if (!(error instanceof Error)) return { name: '', message: String(error), answeredByEc2: false, status: 0 };
  const { Code, $metadata } = error as { Code?: unknown; $metadata?: { httpStatusCode?: number } };
  return {
    name: typeof Code === 'string' ? Code : error.name,
    message: error.message,
    answeredByEc2: typeof Code === 'string',
    status: $metadata?.httpStatusCode ?? 0,
  };
}
