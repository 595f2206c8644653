import type { CreateFleetCommandOutput, CreateFleetError } from '@aws-sdk/client-ec2';
import { spotRequest as request } from './spot-request';
import { fleetAnswer } from '../../../webhook/adapters/ec2/fleet-answer';

const answerOf = (output: Partial<CreateFleetCommandOutput>) =>
  fleetAnswer({ FleetId: 'fleet-1', $metadata: {}, ...output }, request);

function anError(ErrorCode: string, InstanceType: 't3.large' | 'm6i.large' = 't3.large'): CreateFleetError {
  return {
    ErrorCode,
    ErrorMessage: 'because',
    Lifecycle: 'spot',
    LaunchTemplateAndOverrides: { Overrides: { InstanceType, AvailabilityZone: 'zone-a' } },
  };
}

describe('the answer of a fleet', () => {
  it('gathers the ids of all pools, with the zone wherever it stands', () => {
    const answer = answerOf({
      Instances: [
        { InstanceIds: ['i-1', 'i-2'], AvailabilityZone: 'zone-a' },
        { InstanceIds: ['i-3'], LaunchTemplateAndOverrides: { Overrides: { AvailabilityZone: 'zone-b' } } },
        { InstanceIds: ['i-4'] },
        {},
      ],
    });
    expect(answer).toEqual({
      kind: 'launched',
      instances: [
        { id: 'i-1', zone: 'zone-a' },
        { id: 'i-2', zone: 'zone-a' },
        { id: 'i-3', zone: 'zone-b' },
        { id: 'i-4' },
      ],
      faults: [],
      refusals: [],
    });
  });

  it('names the offering that failed, each once', () => {
    const code = 'InsufficientInstanceCapacity';
    const answer = answerOf({
      Instances: [{ InstanceIds: ['i-1'] }],
      Errors: [anError(code), anError(code), anError(code, 'm6i.large')],
    });
    expect(answer).toMatchObject({
      faults: [
        { code: 'ec2-no-capacity', message: `${code}: spot t3.large zone-a: because` },
        { code: 'ec2-no-capacity', message: `${code}: spot m6i.large zone-a: because` },
      ],
    });
  });

  it('sums a refusal up in what time may mend', () => {
    const answer = answerOf({ Errors: [anError('InvalidSubnetID.NotFound'), anError('UnfulfillableCapacity')] });
    expect(answer).toMatchObject({
      kind: 'refused',
      fault: {
        code: 'ec2-no-capacity',
        retryable: true,
        message: 'UnfulfillableCapacity: spot t3.large zone-a: because (and 1 more errors)',
      },
    });
  });

  it.each([
    [0, 'refused', 'EC2 launched 0 of 2 and gave no reason.'],
    [1, 'launched', 'EC2 launched 1 of 2 and gave no reason.'],
  ] as const)('has no more of anything it was asked for when %i of 2 come without a reason', (given, kind, message) => {
    const answer = answerOf({ Instances: [{ InstanceIds: ['i-1', 'i-2'].slice(0, given) }] });
    const fault = { code: 'ec2-no-capacity', retryable: true, message };
    expect(answer).toMatchObject({ kind, ...(given === 0 ? { fault } : { faults: [fault] }) });
    expect(answer).toMatchObject({
      refusals: request.overrides.map(({ instanceType, zone }) => ({
        kind: 'no-capacity',
        scope: { instanceType, zone, capacity: 'spot' },
      })),
    });
  });

  it('is a definite no even where the error alone would leave doubt: the fleet is done', () => {
    expect(answerOf({ Errors: [anError('RequestLimitExceeded')] })).toMatchObject({
      kind: 'refused',
      fault: { code: 'ec2-throttled' },
    });
  });

  it('is no answer of EC2 without a fleet', () => {
    expect(fleetAnswer({ $metadata: {} }, request)).toMatchObject({
      kind: 'unknown',
      fault: { code: 'ec2-unreachable' },
    });
  });
});
