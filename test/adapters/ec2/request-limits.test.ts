import { makeEc2Client } from '../../../webhook/adapters/ec2/ec2-client';
import { Ec2Adapter } from '../../../webhook/adapters/ec2/ec2-adapter';
import { OWN_RATES, RequestLimits } from '../../../webhook/adapters/ec2/request-limits';
import { faultOf, type Fault } from '../../../webhook/errors';
import { Ec2Cloud } from '../../../simulator/ec2/ec2-cloud';
import { startEc2Server } from '../../../simulator/ec2/http/server';
import { EC2_RATES } from '../../../simulator/ec2/token-buckets';
import { aRequest } from '../../contracts/ec2-contract';
import { NOW } from '../../support/builders';
import { FakeClock, settled } from '../../support/fake-clock';

describe('the limits of our own', () => {
  /** Asks so often at once; answers with what was admitted, by when, in seconds. */
  function asking() {
    const clock = new FakeClock();
    const begun = clock.now();
    const limits = new RequestLimits(clock);
    const admitted: string[] = [];
    const ask = (action: string, count: number) => {
      for (let i = 0; i < count; i += 1) {
        limits.admit(action).then(
          () => admitted.push(`${action} ${(clock.now() - begun) / 1000}`),
          (error: Error) => admitted.push(`${error.name}: ${error.message}`),
        );
      }
      return settled();
    };
    return { clock, limits, admitted, ask };
  }

  it('are below what EC2 grants, by half', () => {
    const own = [OWN_RATES.describe, OWN_RATES.change, OWN_RATES.terminate, OWN_RATES.run];
    const { TerminateInstances, RunInstances } = EC2_RATES.of;
    const granted = [EC2_RATES.describe, EC2_RATES.change, TerminateInstances, RunInstances];
    for (const [i, { perSecond, burst }] of own.entries()) {
      expect(perSecond * 2).toBeLessThanOrEqual(granted[i]?.perSecond ?? 0);
      expect(burst * 2).toBeLessThanOrEqual(granted[i]?.burst ?? 0);
    }
  });

  it('let a burst through at once, without a timer', async () => {
    const { clock, admitted, ask } = asking();
    await ask('DescribeInstances', OWN_RATES.describe.burst);
    expect(admitted).toHaveLength(50);
    expect(clock.sleeping).toBe(0);
  });

  it('then one at a time, in the order in which they came', async () => {
    const { clock, admitted, ask } = asking();
    await ask('RunInstances', 5);
    expect(admitted).toEqual(['RunInstances 0', 'RunInstances 0']);
    await clock.advance(10_000);
    expect(admitted.slice(2)).toEqual(['RunInstances 1', 'RunInstances 2', 'RunInstances 3']);
  });

  it('earn no more than a burst while nobody asks', async () => {
    const { clock, admitted, ask } = asking();
    await ask('RunInstances', 2);
    await clock.advance(3_600_000);
    await ask('RunInstances', 4);
    expect(admitted).toHaveLength(4);
    expect(clock.sleeping).toBe(2);
  });

  it('are apart for what reads, what changes, terminating and RunInstances', async () => {
    const { admitted, ask } = asking();
    await ask('DescribeInstances', 60);
    await ask('GetConsoleOutput', 1);
    await ask('CreateFleet', 26);
    await ask('TerminateInstances', 51);
    await ask('RunInstances', 3);
    const counts = ['DescribeInstances', 'GetConsoleOutput', 'CreateFleet', 'TerminateInstances', 'RunInstances'];
    expect(counts.map((action) => admitted.filter((it) => it.startsWith(action)).length)).toEqual([50, 0, 25, 50, 2]);
  });

  it('are halved for a minute when EC2 has throttled one, for its like alone', async () => {
    const { clock, limits, admitted, ask } = asking();
    limits.throttled('RunInstances');
    await ask('RunInstances', 4);
    await ask('CreateFleet', 26);
    await clock.advance(4000);
    const ran = admitted.filter((it) => it.startsWith('Run'));
    expect(ran).toEqual(['RunInstances 0', 'RunInstances 0', 'RunInstances 2', 'RunInstances 4']);
    expect(admitted.at(-1)).toBe('RunInstances 4');
    expect(admitted).toContain('CreateFleet 0.4');
    await clock.advance(60_000);
    await ask('RunInstances', 4);
    await clock.advance(2000);
    expect(admitted.slice(-2)).toEqual(['RunInstances 65', 'RunInstances 66']);
  });

  it('do not let a request wait for longer than EC2 is waited for: it fails at once, and takes no place', async () => {
    const { clock, admitted, ask } = asking();
    await ask('RunInstances', 2 + 30);
    await ask('RunInstances', 1);
    expect(admitted.slice(2)).toEqual(['OwnRequestLimit: RunInstances was not sent: its turn would have come in 31 s']);
    await clock.advance(1000);
    await ask('RunInstances', 1);
    await clock.advance(30_000);
    expect(admitted.at(-1)).toBe('RunInstances 31');
    expect(clock.sleeping).toBe(0);
  });
});

describe('a storm of seventy launches and a hundred and forty lists, from two clusters of one region at once', () => {
  const endings: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });

  /** The time of EC2 and of the limits moves on only when every request that was sent has been answered. */
  async function storm(limitsOn: (clock: FakeClock) => RequestLimits | null) {
    const clock = new FakeClock();
    const cloud = new Ec2Cloud({ clock });
    cloud.gate.limit(EC2_RATES);
    const server = await startEc2Server(cloud);
    const limits = limitsOn(clock);
    const credentials = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };
    const options = { region: 'eu-central-1', endpoint: server.url, credentials, maxAttempts: 1 };
    const clients = [1, 2].map(() => makeEc2Client({ ...options, ...(limits ? { limits } : {}) }));
    endings.push(async () => {
      clients.forEach((client) => client.destroy());
      await server.close();
    });
    let answered = 0;
    const operations = clients
      .flatMap((client, one) => {
        const port = new Ec2Adapter(client);
        const launch = (i: number) => () => port.createFleet(aRequest({ cloud }), `token-${one}-${i}`);
        return [
          ...Array.from({ length: 35 }, (_, i) => launch(i)),
          ...Array.from({ length: 70 }, () => () => port.listInstances('nobody')),
        ];
      })
      .map((send: () => Promise<unknown>) => arrived(send).finally(() => (answered += 1)));
    while (answered < operations.length) {
      if (clock.sleeping > 0 && answered + clock.sleeping === operations.length) await clock.advance(200);
      else await settled();
    }
    return { throttled: cloud.gate.throttled, launched: cloud.instances.length, begun: NOW, ended: clock.now() };
  }

  /** What a busy machine has not brought to EC2 is sent again. */
  async function arrived(send: () => Promise<unknown>): Promise<void> {
    const fault = await send().then(faultIn, faultOf);
    if (fault?.code === 'ec2-unreachable') await arrived(send);
  }

  function faultIn(answer: unknown): Fault | null {
    return typeof answer === 'object' && answer !== null && 'fault' in answer ? (answer.fault as Fault) : null;
  }

  it('meets no RequestLimitExceeded, and everything is done', async () => {
    const { throttled, launched, begun, ended } = await storm((clock) => new RequestLimits(clock));
    expect([throttled, launched]).toEqual([0, 70]);
    // Twenty-five at once, then five in two seconds.
    expect(ended - begun).toBe(18_000);
  });

  it('is throttled by EC2 without them', async () => {
    expect(await storm(() => null)).toMatchObject({ throttled: 20 + 40, launched: 50 });
  });
});

test('a request that was not sent is ec2-throttled, and of a launch nobody says that it was refused', async () => {
  const limits = new RequestLimits(new FakeClock(), { ...OWN_RATES, change: { perSecond: 1, burst: 0 } }, 500);
  const credentials = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };
  const client = makeEc2Client({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:1', credentials, limits });
  const answer = await new Ec2Adapter(client).createFleet(
    aRequest({ cloud: new Ec2Cloud({ clock: Date }) }, {}),
    'token',
  );
  client.destroy();
  expect(answer).toMatchObject({ kind: 'unknown', fault: { code: 'ec2-throttled', retryable: true } });
});

test('EC2 slows us down by throttling, and by nothing else', async () => {
  const cloud = new Ec2Cloud({ clock: Date });
  const server = await startEc2Server(cloud);
  const limits = new RequestLimits(new FakeClock());
  const throttled = jest.spyOn(limits, 'throttled');
  const credentials = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };
  const client = makeEc2Client({ region: 'eu-central-1', endpoint: server.url, credentials, limits, maxAttempts: 1 });
  for (const code of ['InternalError', 'InsufficientInstanceCapacity', 'RequestLimitExceeded']) {
    cloud.gate.failNext('CreateFleet', code);
    await new Ec2Adapter(client).createFleet(aRequest({ cloud }), `token-${code}`);
    expect(throttled).toHaveBeenCalledTimes(code === 'RequestLimitExceeded' ? 1 : 0);
  }
  expect(throttled).toHaveBeenCalledWith('CreateFleet');
  client.destroy();
  await server.close();
});

test('each try of the SDK waits for its turn', async () => {
  const cloud = new Ec2Cloud({ clock: Date });
  const server = await startEc2Server(cloud);
  const asked: string[] = [];
  const limits = new RequestLimits(new FakeClock());
  const admit = limits.admit.bind(limits);
  limits.admit = (action) => {
    asked.push(action);
    return admit(action);
  };
  const credentials = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };
  const client = makeEc2Client({ region: 'eu-central-1', endpoint: server.url, credentials, limits });
  cloud.gate.failNext('DescribeInstances', 'InternalError', { times: 2 });
  await new Ec2Adapter(client).listInstances('shop');
  client.destroy();
  await server.close();
  expect(asked).toEqual(Array.from({ length: 3 }, () => 'DescribeInstances'));
});
