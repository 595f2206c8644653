import { startLoopbackServer, type LoopbackServer } from '../../../simulator/loopback-server';
import { imdsHandler } from '../../../simulator/imds/imds-handler';
import { Ec2Cloud } from '../../../simulator/ec2/ec2-cloud';
import { SECOND } from '../../support/builders';
import { FakeClock } from '../../support/fake-clock';

const TTL = 'X-aws-ec2-metadata-token-ttl-seconds';
const TOKEN = 'X-aws-ec2-metadata-token';
const START = Date.parse('2026-02-28T23:59:00.250Z');

let clock: FakeClock;
let cloud: Ec2Cloud;
let server: LoopbackServer;
let one: string;
let other: string;

beforeEach(async () => {
  clock = new FakeClock(START);
  cloud = new Ec2Cloud({ clock, pendingMs: 0 });
  const run = { imageId: 'ami-1', instanceType: 'm6i.large', minCount: 2, maxCount: 2, tags: {} };
  const [first, second] = cloud.runInstances({ ...run, zone: 'eu-central-1a', capacityType: 'spot' });
  [one, other] = [first?.id ?? '', second?.id ?? ''];
  cloud.runAll();
  server = await startLoopbackServer(imdsHandler(cloud));
});

afterEach(() => server.close());

const at = (machine: string, path: string) => `${server.url}/${machine}/latest/${path}`;

async function tokenOf(machine: string, seconds = 300): Promise<string> {
  const answer = await fetch(at(machine, 'api/token'), { method: 'PUT', headers: { [TTL]: String(seconds) } });
  expect([answer.status, answer.headers.get(TTL)]).toEqual([200, String(seconds)]);
  return answer.text();
}

async function get(path: string, token?: string, machine = one): Promise<readonly [number, string]> {
  const answer = await fetch(at(machine, path), { headers: token === undefined ? {} : { [TOKEN]: token } });
  return [answer.status, await answer.text()];
}

describe('a session token', () => {
  it('is asked for, holds on its machine, and ends', async () => {
    const token = await tokenOf(one, 60);
    expect(await get('meta-data/instance-id', token)).toEqual([200, one]);
    expect(await get('meta-data/instance-id')).toEqual([401, '']);
    expect(await get('meta-data/instance-id', 'guessed')).toEqual([401, '']);
    expect(await get('meta-data/instance-id', token, other)).toEqual([401, '']);
    await clock.advance(59 * SECOND);
    expect(await get('meta-data/instance-id', token)).toEqual([200, one]);
    await clock.advance(SECOND);
    expect(await get('meta-data/instance-id', token)).toEqual([401, '']);
    expect(await get('meta-data/instance-id', await tokenOf(one))).toEqual([200, one]);
  });

  it.each([undefined, '0', '21601', 'long', '1.5'])('is not given for %s seconds', async (seconds) => {
    const headers = seconds === undefined ? {} : { [TTL]: seconds };
    expect((await fetch(at(one, 'api/token'), { method: 'PUT', headers })).status).toBe(400);
  });

  it('is given to a PUT only, and to none that came through a proxy', async () => {
    expect((await fetch(at(one, 'api/token'), { headers: { [TTL]: '60' } })).status).toBe(405);
    const headers = { [TTL]: '60', 'X-Forwarded-For': '10.0.0.1' };
    expect((await fetch(at(one, 'api/token'), { method: 'PUT', headers })).status).toBe(403);
  });
});

describe('the metadata of a machine', () => {
  it('says what the machine is', async () => {
    const token = await tokenOf(one);
    expect(await get('meta-data/instance-type', token)).toEqual([200, 'm6i.large']);
    expect(await get('meta-data/instance-life-cycle', token)).toEqual([200, 'spot']);
    expect(await get('meta-data/placement/availability-zone', token)).toEqual([200, 'eu-central-1a']);
    expect(await get('meta-data/placement/region', token)).toEqual([200, 'eu-central-1']);
  });

  it('has nothing to announce at first', async () => {
    const token = await tokenOf(one);
    expect(await get('meta-data/spot/instance-action', token)).toEqual([404, '']);
    expect(await get('meta-data/events/recommendations/rebalance', token)).toEqual([404, '']);
    expect(await get('meta-data/events/maintenance/scheduled', token)).toEqual([200, '[]']);
    expect(await get('meta-data/constructor', token)).toEqual([404, '']);
  });

  it('announces what EC2 will do to this machine, in the formats of EC2, until it is withdrawn', async () => {
    cloud.notify(one, { kind: 'rebalance', at: START });
    cloud.notify(one, { kind: 'interruption', at: START + 120 * SECOND });
    cloud.notify(other, { kind: 'maintenance', at: START + 3600 * SECOND });
    const token = await tokenOf(one);
    const action = '{"action":"terminate","time":"2026-03-01T00:01:00Z"}';
    expect(await get('meta-data/spot/instance-action', token)).toEqual([200, action]);
    const advice = '{"noticeTime":"2026-02-28T23:59:00Z"}';
    expect(await get('meta-data/events/recommendations/rebalance', token)).toEqual([200, advice]);
    const [, events] = await get('meta-data/events/maintenance/scheduled', await tokenOf(other), other);
    expect(JSON.parse(events)).toEqual([
      {
        NotBefore: '01 Mar 2026 00:59:00 GMT',
        Code: 'instance-retirement',
        Description: 'The instance is running on degraded hardware',
        EventId: other.replace('i-', 'instance-event-'),
        NotAfter: '01 Mar 2026 02:59:00 GMT',
        State: 'active',
      },
    ]);
    for (const id of [one, other]) cloud.notify(id, null);
    expect(await get('meta-data/spot/instance-action', token)).toEqual([404, '']);
    expect(await get('meta-data/events/recommendations/rebalance', token)).toEqual([404, '']);
    expect(await get('meta-data/events/maintenance/scheduled', await tokenOf(other), other)).toEqual([200, '[]']);
  });

  it('is there as long as the machine runs; a recommendation takes none away, an interruption does', async () => {
    const token = await tokenOf(one);
    cloud.notify(one, { kind: 'rebalance', at: START });
    await clock.advance(3600 * SECOND);
    expect(await get('meta-data/instance-id', await tokenOf(one))).toEqual([200, one]);
    cloud.notify(one, { kind: 'interruption', at: clock.now() + 120 * SECOND });
    await clock.advance(120 * SECOND);
    expect(await get('meta-data/instance-id', token)).toEqual([404, '']);
    expect((await fetch(at('i-none', 'api/token'), { method: 'PUT', headers: { [TTL]: '60' } })).status).toBe(404);
  });
});
