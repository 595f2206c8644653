import { endingOf } from '../../../webhook/adapters/ec2/state-reason';

test.each([
  ['Server.InsufficientInstanceCapacity', 'ec2-no-capacity'],
  ['Client.VolumeLimitExceeded', 'ec2-quota'],
  ['Client.InternalError', 'ec2-volume-key'],
  ['Client.InvalidSnapshot.NotFound', 'ec2-bad-configuration'],
  ['Server.SpotInstanceTermination', 'instance-interrupted'],
  ['Server.SpotInstanceShutdown', 'instance-interrupted'],
  ['Server.ScheduledStop', 'instance-interrupted'],
  ['Client.InstanceInitiatedShutdown', 'instance-powered-off'],
  ['Client.UserInitiatedShutdown', 'instance-ended'],
  ['Server.InternalError', 'instance-ended'],
  ['Server.SomethingNew', 'instance-ended'],
  ['constructor', 'instance-ended'],
])('%s means %s', (code, meaning) => {
  expect(endingOf(code)).toEqual({ code, class: meaning });
});

test('an end without a reason is one all the same', () => {
  expect(endingOf(undefined)).toEqual({ code: 'no reason given', class: 'instance-ended' });
});
