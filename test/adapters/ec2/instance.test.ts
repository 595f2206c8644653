import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { SmartScaleError } from '../../../webhook/errors';
import { instanceOf } from '../../../webhook/adapters/ec2/instance';

const source: Ec2Instance = {
  InstanceId: 'i-1',
  InstanceType: 't3.large',
  State: { Name: 'stopping', Code: 64 },
  LaunchTime: new Date(1_000),
  Placement: { AvailabilityZone: 'zone-a' },
  Tags: [{ Key: 'a', Value: '1' }, { Key: 'empty' }],
};

describe('an instance of EC2 as ours', () => {
  it('keeps what decisions need', () => {
    expect(instanceOf(source)).toEqual({
      id: 'i-1',
      state: 'stopping',
      zone: 'zone-a',
      type: 't3.large',
      lifecycle: 'on-demand',
      launchedAt: 1_000,
      tags: { a: '1', empty: '' },
    });
  });

  it.each([
    ['spot', 'spot'],
    ['scheduled', 'on-demand'],
    ['capacity-block', 'on-demand'],
  ] as const)('is %s: %s', (InstanceLifecycle, lifecycle) => {
    expect(instanceOf({ ...source, InstanceLifecycle }).lifecycle).toBe(lifecycle);
  });

  it.each([
    ['terminated', 'User initiated (2026-11-22 03:32:18 GMT)', Date.UTC(2026, 10, 22, 3, 32, 18)],
    ['shutting-down', 'User initiated (2026-11-22 03:32:18 GMT)', Date.UTC(2026, 10, 22, 3, 32, 18)],
    ['terminated', 'Server.SpotInstanceTermination: Spot instance termination', undefined],
    ['terminated', '', undefined],
    // Started again: it tells of the stop before.
    ['running', 'User initiated (2026-11-22 03:32:18 GMT)', undefined],
  ] as const)('that is %s with the reason "%s" ended at %p', (Name, StateTransitionReason, endedAt) => {
    expect(instanceOf({ ...source, State: { Name }, StateTransitionReason }).endedAt).toBe(endedAt);
  });

  it.each(['InstanceId', 'State', 'LaunchTime'] as const)('cannot be read without %s, and is not left out', (part) => {
    const { [part]: _, ...rest } = source;
    expect(() => instanceOf(rest)).toThrow(SmartScaleError);
  });

  it('cannot be read in a state that EC2 may invent', () => {
    const invented = { ...source, State: { Name: 'dreaming' as 'running' } };
    expect(() => instanceOf(invented)).toThrow(/i-1 in state dreaming/);
  });
});
