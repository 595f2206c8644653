import type { EventCode } from '@aws-sdk/client-ec2';
import { eventNotice, spotNotice } from '../../../webhook/adapters/ec2/notices';

const ID = 'i-0123456789abcdef0';
const AT = new Date('2026-01-05T12:00:00Z');
const HOUR = 3_600_000;

describe('a spot request', () => {
  test.each(['marked-for-termination', 'marked-for-stop'])('that is %s ends two minutes later', (Code) => {
    expect(spotNotice({ InstanceId: ID, Status: { Code, UpdateTime: AT } })).toEqual([
      { instanceId: ID, kind: 'interruption', at: AT.getTime() + 120_000 },
    ]);
  });

  test.each([
    ['fulfilled', { InstanceId: ID, Status: { Code: 'fulfilled', UpdateTime: AT } }],
    ['without an instance', { Status: { Code: 'marked-for-termination', UpdateTime: AT } }],
    ['without a time', { InstanceId: ID, Status: { Code: 'marked-for-termination' } }],
    ['without a status', { InstanceId: ID }],
  ])('%s tells of no end', (_what, request) => {
    expect(spotNotice(request)).toEqual([]);
  });
});

describe('scheduled events', () => {
  const event = (Code: EventCode, after = 0, Description = 'The instance is running on degraded hardware') => ({
    Code,
    Description,
    NotBefore: new Date(AT.getTime() + after),
  });

  test('that take the machine away count from the first of them on', () => {
    const events = [event('instance-stop', HOUR), event('instance-retirement'), event('system-maintenance', 2 * HOUR)];
    expect(eventNotice(ID, events)).toEqual([{ instanceId: ID, kind: 'maintenance', at: AT.getTime() }]);
  });

  test.each([
    ['reboot it', [event('instance-reboot'), event('system-reboot')]],
    [
      'are over or withdrawn',
      [event('instance-stop', 0, '[Completed] ...'), event('instance-stop', 0, '[Canceled] ...')],
    ],
    ['have no time', [{ Code: 'instance-stop' as const }]],
    ['are none', []],
  ])('that %s tell of no end', (_what, events) => {
    expect(eventNotice(ID, events)).toEqual([]);
  });
});
