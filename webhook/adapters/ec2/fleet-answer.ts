import type {
  CreateFleetCommandOutput,
  CreateFleetError,
  CreateFleetInstance,
  RunInstancesCommandOutput,
} from '@aws-sdk/client-ec2';
import { type Fault, SmartScaleError } from '../../errors';
import type { FleetAnswer, FleetRequest } from '../../ports';
import { faultOfFleetError } from './error-table';
import { noCapacityFor, refusalsOf, type Named } from './refusal';

/** Reads an answer of status 200, where errors are entries that the SDK never throws and never repeats. */
export function fleetAnswer(
  { FleetId, Instances = [], Errors = [] }: CreateFleetCommandOutput,
  request: FleetRequest,
): FleetAnswer {
  if (FleetId === undefined) return { kind: 'unknown', fault: NOT_EC2.fault };
  const instances = Instances.flatMap(launchedBy);
  if (Errors.length === 0) return answerWithoutErrors(instances, request);
  const faults = distinct(Errors.map(faultOf));
  const refusals = Errors.flatMap((error) => refusalsOf(error.ErrorCode ?? '', namedBy(error), request));
  if (instances.length > 0) return { kind: 'launched', instances, faults, refusals };
  return { kind: 'refused', fault: summary(faults), refusals };
}

/** What RunInstances launched. */
export function runAnswer({ Instances = [] }: RunInstancesCommandOutput, request: FleetRequest): FleetAnswer {
  const instances = Instances.flatMap(({ InstanceId, Placement }) =>
    InstanceId === undefined ? [] : [{ id: InstanceId, ...zoneOf(Placement?.AvailabilityZone) }],
  );
  if (instances.length === 0) return { kind: 'unknown', fault: NOT_EC2.fault };
  return answerWithoutErrors(instances, request);
}

/** Fewer without a word, as RunInstances gives them: then there is no more of anything that was asked for. */
export function answerWithoutErrors(instances: Launched, request: FleetRequest): FleetAnswer {
  if (instances.length >= request.count) return { kind: 'launched', instances, faults: [], refusals: [] };
  const message = `EC2 launched ${instances.length} of ${request.count} and gave no reason.`;
  const { fault } = new SmartScaleError('ec2-no-capacity', message);
  const refusals = noCapacityFor(request);
  if (instances.length === 0) return { kind: 'refused', fault, refusals };
  return { kind: 'launched', instances, faults: [fault], refusals };
}

type Launched = Extract<FleetAnswer, { kind: 'launched' }>['instances'];

/** A proxy's page of status 200 parses as an answer without content. */
const NOT_EC2 = new SmartScaleError('ec2-unreachable', 'What answered the launch was not EC2: no ids.');

function launchedBy(item: CreateFleetInstance): { id: string; zone?: string }[] {
  const zone = item.AvailabilityZone ?? item.LaunchTemplateAndOverrides?.Overrides?.AvailabilityZone;
  return (item.InstanceIds ?? []).map((id) => ({ id, ...zoneOf(zone) }));
}

function zoneOf(zone: string | undefined): { zone?: string } {
  return zone === undefined ? {} : { zone };
}

function namedBy({ LaunchTemplateAndOverrides }: CreateFleetError): Named {
  const { InstanceType, AvailabilityZone, SubnetId } = LaunchTemplateAndOverrides?.Overrides ?? {};
  return { instanceType: InstanceType, zone: AvailabilityZone, subnetId: SubnetId };
}

function faultOf({ ErrorCode = 'Unknown', ErrorMessage = '', ...rest }: CreateFleetError): Fault {
  const { InstanceType, AvailabilityZone, SubnetId } = rest.LaunchTemplateAndOverrides?.Overrides ?? {};
  const offering = [rest.Lifecycle, InstanceType, AvailabilityZone ?? SubnetId].filter(Boolean).join(' ');
  return faultOfFleetError(ErrorCode, offering === '' ? ErrorMessage : `${offering}: ${ErrorMessage}`);
}

function distinct(faults: readonly Fault[]): readonly Fault[] {
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()];
}

/** One fault for all: one that time may mend, if there is any, since then trying again makes sense. */
function summary(faults: readonly Fault[]): Fault {
  const first = faults.reduce((best, fault) => (fault.retryable && !best.retryable ? fault : best));
  return faults.length === 1 ? first : { ...first, message: `${first.message} (and ${faults.length - 1} more errors)` };
}
