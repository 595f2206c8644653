/** What Ec2Port promises, told to anything that claims to be one. */
import { DEFAULT_TEMPLATE_ID, type Ec2Settings } from '../../simulator/ec2/settings';
import type { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import { TAGS } from '../../webhook/model/names';
import type { Ec2Port, FleetAnswer, FleetRequest } from '../../webhook/ports';
import { ec2PriceContract } from './ec2-price-contract';

/** A region with a port to it; the region's knobs are the same for all. */
export interface Ec2Harness {
  readonly port: Ec2Port;
  readonly cloud: Ec2Cloud;
  /** Moves the region's clock. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

export type MakeEc2Harness = (settings: Partial<Ec2Settings>) => Promise<Ec2Harness>;

const HOUR = 3_600_000;
const UNKNOWN_ID = 'i-0123456789abcdef0';

export function ec2Contract(name: string, makeHarness: MakeEc2Harness): void {
  ec2PriceContract(name, makeHarness);
  describe(`the EC2 port on ${name}`, () => {
    let harness: Ec2Harness;

    const begin = async (settings: Partial<Ec2Settings> = {}) => {
      harness = await makeHarness({ pendingMs: 8_000, shuttingDownMs: 20_000, listedMs: HOUR, ...settings });
      return harness;
    };
    beforeEach(() => begin());
    afterEach(() => harness.stop());

    /** A launch that worked, as ids. */
    async function launch(count: number, overrides: Partial<FleetRequest> = {}, token = `launch-${count}`) {
      return idsOf(await harness.port.createFleet(aRequest(harness, { count, ...overrides }), token));
    }
    const states = async (ids: readonly string[]) =>
      (await harness.port.describeInstances(ids)).map(({ state }) => state);
    const alive = () => harness.cloud.instances.filter(({ state }) => state === 'pending' || state === 'running');
    const [A, B] = ['m6i.large', 'm6a.large'] as const;

    describe('what EC2 will take away', () => {
      const now = () => harness.cloud.now();

      it('is told with its time: a spot interruption two minutes before, a scheduled event long before', async () => {
        const [spot = ''] = await launch(1, { capacity: 'spot' }, 'spot');
        const [steady = '', untouched = ''] = await launch(2, {}, 'on-demand');
        harness.cloud.runAll();
        harness.cloud.notify(spot, { kind: 'interruption', at: now() + 120_000 });
        harness.cloud.notify(steady, { kind: 'maintenance', at: now() + HOUR });
        const told = await harness.port.notices([spot, steady, untouched]);
        expect(told.toSorted((a, b) => a.at - b.at)).toEqual([
          { instanceId: spot, kind: 'interruption', at: now() + 120_000 },
          { instanceId: steady, kind: 'maintenance', at: now() + HOUR },
        ]);
        expect(await harness.port.notices([untouched])).toEqual([]);
        expect(await harness.port.notices([UNKNOWN_ID])).toEqual([]);
        const amongStrangers = await harness.port.notices([UNKNOWN_ID, spot, steady, untouched]);
        expect(amongStrangers.map(({ instanceId }) => instanceId).toSorted()).toEqual([spot, steady].toSorted());
        expect(await harness.port.notices([])).toEqual([]);
      });

      it('has no end that EC2 tells when it took it itself, and has one when a person or we ended it', async () => {
        const [taken = '', ended = ''] = await launch(2, { capacity: 'spot' }, 'spot');
        harness.cloud.runAll();
        harness.cloud.notify(taken, { kind: 'interruption', at: now() + 1000 });
        harness.advance(HOUR / 2);
        await harness.port.terminate([ended]);
        const at = now();
        harness.advance(60_000);
        const seen = await harness.port.describeInstances([taken, ended]);
        expect(seen.map(({ state, endedAt }) => [state, endedAt])).toEqual([
          ['terminated', undefined],
          ['terminated', at],
        ]);
      });

      it('is taken at its time, unless it was withdrawn', async () => {
        const [gone = '', stays = ''] = await launch(2, { capacity: 'spot' }, 'spot');
        harness.cloud.runAll();
        for (const id of [gone, stays]) harness.cloud.notify(id, { kind: 'interruption', at: now() + 120_000 });
        harness.cloud.notify(stays, null);
        expect(await harness.port.notices([stays])).toEqual([]);
        harness.advance(119_999);
        expect(await states([gone, stays])).toEqual(['running', 'running']);
        harness.advance(1);
        expect(await states([gone, stays])).toEqual(['shutting-down', 'running']);
        expect(await harness.port.notices([gone])).toEqual([]);
      });
    });

    describe('an instance that ends', () => {
      it.each([
        ['Server.InsufficientInstanceCapacity', 'ec2-no-capacity'],
        ['Client.VolumeLimitExceeded', 'ec2-quota'],
        ['Client.InternalError', 'ec2-volume-key'],
        ['Client.UserInitiatedShutdown', 'instance-ended'],
      ])('tells why: %s', async (code, meaning) => {
        const [id = ''] = await launch(1);
        expect((await harness.port.describeInstances([id]))[0]).not.toHaveProperty('ending');
        harness.cloud.terminateByHand(id, { code, message: code });
        expect(await harness.port.describeInstances([id])).toMatchObject([{ ending: { code, class: meaning } }]);
        harness.cloud.finishTerminations();
        expect(await harness.port.describeInstances([id])).toMatchObject([{ ending: { code, class: meaning } }]);
      });
    });

    describe('what a machine wrote to its console', () => {
      it('is told as text, whatever the type of the machine can', async () => {
        const [id = ''] = await launch(1);
        expect(await harness.port.consoleOutput(id)).toBeNull();
        harness.cloud.writeConsole(id, 'Kernel panic: Äxte\r\n');
        expect(await harness.port.consoleOutput(id)).toBe('Kernel panic: Äxte\r\n');
        harness.cloud.finishTerminations();
        await expect(harness.port.consoleOutput(UNKNOWN_ID)).rejects.toMatchObject({ code: 'ec2-bad-configuration' });
      });
    });

    describe('launching', () => {
      it('launches what was asked and says where', async () => {
        const answer = await harness.port.createFleet(aRequest(harness, { count: 3 }), 'token-1');
        expect(answer).toMatchObject({ kind: 'launched', faults: [] });
        expect(answer.kind === 'launched' && answer.instances.map(({ zone }) => zone)).toEqual(
          harness.cloud.instances.map(({ zone }) => zone),
        );
        expect(idsOf(answer)).toEqual(alive().map(({ id }) => id));
        expect(alive()).toHaveLength(3);
      });

      it('launches the template, type, subnet and capacity of the request, with its tags', async () => {
        const request = aRequest(harness, { capacity: 'spot', types: [B] });
        await harness.port.createFleet(request, 'token-1');
        const [override] = request.overrides;
        const [launched] = harness.cloud.instances;
        expect(launched).toMatchObject({ type: B, subnetId: override?.subnetId, lifecycle: 'spot' });
        expect(launched?.tags).toMatchObject({ ...request.tags, 'aws:ec2launchtemplate:version': '1' });
      });

      it('launches once a token', async () => {
        const first = await launch(2, {}, 'token-1');
        harness.advance(60_000);
        expect(await launch(2, {}, 'token-1')).toEqual(first);
        expect(alive()).toHaveLength(2);
      });

      it('launches again for another token', async () => {
        const first = await launch(1, {}, 'token-1');
        const second = await launch(1, {}, 'token-2');
        expect(second).not.toEqual(first);
        expect(alive()).toHaveLength(2);
      });

      it('answers a token with its instances although they have ended since', async () => {
        const first = await launch(1, {}, 'token-1');
        await harness.port.terminate(first);
        expect(await launch(1, {}, 'token-1')).toEqual(first);
        expect(alive()).toEqual([]);
      });

      it('launches nothing for a token that comes again with another request', async () => {
        await launch(1, {}, 'token-1');
        const answer = await harness.port.createFleet(aRequest(harness, { count: 2 }), 'token-1');
        expect(answer).toMatchObject({ kind: 'unknown', fault: { code: 'ec2-token-reused', retryable: false } });
        expect(alive()).toHaveLength(1);
      });

      it('launches once for many calls at the same time', async () => {
        const answers = await Promise.all(Array.from({ length: 10 }, () => launch(2, {}, 'token-1')));
        expect(new Set(answers.flat()).size).toBe(2);
        expect(alive()).toHaveLength(2);
      });
    });

    describe('launching one type in one zone by RunInstances', () => {
      const single = (overrides: RequestOptions = {}): FleetRequest => {
        const request = aRequest(harness, { count: 3, types: [A], ...overrides });
        return { ...request, overrides: request.overrides.slice(0, 1), call: 'RunInstances' };
      };

      it('launches what was asked there, tagged, once a token', async () => {
        const request = single({ capacity: 'spot' });
        const first = await harness.port.createFleet(request, 'token-1');
        expect(first).toMatchObject({ kind: 'launched', faults: [], refusals: [] });
        expect(await harness.port.createFleet(request, 'token-1')).toEqual(first);
        expect(alive()).toHaveLength(3);
        const [launched] = harness.cloud.instances;
        expect(launched).toMatchObject({ type: A, subnetId: request.overrides[0]?.subnetId, lifecycle: 'spot' });
        expect(launched?.tags).toMatchObject(request.tags);
        expect(harness.cloud.gate.requests.map(({ action }) => action)).not.toContain('CreateFleet');
      });

      it('gives what there is, and then has no more of it', async () => {
        limit(harness, 'on-demand', A, 2);
        const launched = { instances: [{}, {}], refusals: [{ kind: 'no-capacity', scope: { instanceType: A } }] };
        expect(await harness.port.createFleet(single(), 'token-1')).toMatchObject(launched);
      });

      it('says no, and of what, when there is none', async () => {
        limit(harness, 'on-demand', A, 0);
        const request = single();
        const scope = { instanceType: A, zone: request.overrides[0]?.zone, capacity: 'on-demand' };
        expect(await harness.port.createFleet(request, 'token-1')).toMatchObject({
          kind: 'refused',
          fault: { code: 'ec2-no-capacity' },
          refusals: [{ kind: 'no-capacity', scope }],
        });
        expect(alive()).toEqual([]);
      });
    });

    describe('short of capacity', () => {
      it('says of which offerings', async () => {
        limit(harness, 'spot', B, 0);
        const request = aRequest(harness, { count: 1, types: [B], capacity: 'spot' });
        const answer = await harness.port.createFleet(request, 'token-1');
        const scopes = request.overrides.map(({ instanceType, zone }) => ({ instanceType, zone, capacity: 'spot' }));
        expect(answer).toMatchObject({ kind: 'refused' });
        expect(answer.kind === 'refused' && answer.refusals).toEqual(
          expect.arrayContaining(scopes.map((scope) => ({ kind: 'no-capacity', scope }))),
        );
      });

      it('gives what there is, and says what was missing', async () => {
        limit(harness, 'on-demand', A, 2);
        const answer = await harness.port.createFleet(aRequest(harness, { count: 5, types: [A] }), 'token-1');
        expect(idsOf(answer)).toHaveLength(2);
        expect(answer).toMatchObject({ kind: 'launched', faults: [{ code: 'ec2-no-capacity', retryable: true }] });
        expect(alive()).toHaveLength(2);
      });

      it('takes the next type, and still names the one that had none', async () => {
        limit(harness, 'on-demand', B, 0);
        const answer = await harness.port.createFleet(aRequest(harness, { count: 2, types: [A, B] }), 'token-1');
        expect(idsOf(answer)).toHaveLength(2);
        expect(answer).toMatchObject({ faults: [{ code: 'ec2-no-capacity' }] });
        expect(new Set(alive().map(({ type }) => type))).toEqual(new Set([A]));
      });

      it('refuses when there is nothing at all', async () => {
        limit(harness, 'on-demand', A, 0);
        const answer = await harness.port.createFleet(aRequest(harness, { count: 2, types: [A] }), 'token-1');
        expect(answer).toMatchObject({ kind: 'refused', fault: { code: 'ec2-no-capacity', retryable: true } });
        expect(alive()).toEqual([]);
      });

      it('keeps its answer to a token that it gave nothing, whatever there is by now', async () => {
        limit(harness, 'on-demand', A, 0);
        const request = aRequest(harness, { count: 2, types: [A] });
        await harness.port.createFleet(request, 'token-1');
        limit(harness, 'on-demand', A, 9);
        expect(await harness.port.createFleet(request, 'token-1')).toMatchObject({ kind: 'refused' });
        expect(await harness.port.createFleet(request, 'token-2')).toMatchObject({ kind: 'launched' });
        expect(alive()).toHaveLength(2);
      });

      it('tells a quota from a lack of capacity', async () => {
        harness.cloud.setQuota('spot', 4);
        const request = aRequest(harness, { count: 3, capacity: 'spot', types: [A] });
        const answer = await harness.port.createFleet(request, 'token-1');
        expect(idsOf(answer)).toHaveLength(2);
        expect(answer).toMatchObject({ faults: [{ code: 'ec2-quota' }] });
      });
    });

    describe('a definite no', () => {
      it.each<[string, Partial<FleetRequest>]>([
        ['an unknown launch template', { template: { id: 'lt-0123456789abcdef0', version: '1' } }],
        ['an unknown version', { template: { id: DEFAULT_TEMPLATE_ID, version: '99' } }],
        ['an unknown subnet', { overrides: [{ instanceType: A, subnetId: 'subnet-0none', zone: 'nowhere' }] }],
      ])('refuses %s as configuration', async (_, part) => {
        const request = { ...aRequest(harness), ...part };
        const answer = await harness.port.createFleet(request, 'token-1');
        expect(answer).toMatchObject({ kind: 'refused', fault: { code: 'ec2-bad-configuration', retryable: false } });
      });

      it('is not remembered for the token when the request failed as a whole', async () => {
        harness.cloud.gate.failNext('CreateFleet', 'UnauthorizedOperation');
        const refused = await harness.port.createFleet(aRequest(harness), 'token-1');
        expect(refused).toMatchObject({ kind: 'refused', fault: { code: 'ec2-unauthorized', retryable: false } });
        expect(await launch(1, {}, 'token-1')).toHaveLength(1);
      });
    });

    describe('nobody knows', () => {
      it('finds out with the same token what a lost reply said', async () => {
        harness.cloud.gate.loseNextReply('CreateFleet');
        const request = aRequest(harness, { count: 2 });
        const lost = await harness.port.createFleet(request, 'token-1');
        expect(lost).toMatchObject({ kind: 'unknown', fault: { code: 'ec2-unreachable', retryable: true } });
        const launched = alive().map(({ id }) => id);
        expect(launched).toHaveLength(2);
        expect(idsOf(await harness.port.createFleet(request, 'token-1'))).toEqual(launched);
        expect(alive()).toHaveLength(2);
      });

      it.each([
        ['RequestLimitExceeded', 'ec2-throttled'],
        ['InternalError', 'ec2-unreachable'],
      ])('says so after %s, and the token is as good as new', async (ec2Name, code) => {
        harness.cloud.gate.failNext('CreateFleet', ec2Name);
        const answer = await harness.port.createFleet(aRequest(harness), 'token-1');
        expect(answer).toMatchObject({ kind: 'unknown', fault: { code, retryable: true } });
        expect(await launch(1, {}, 'token-1')).toHaveLength(1);
        expect(alive()).toHaveLength(1);
      });

      it('has ended without a word when a termination lost its reply', async () => {
        const [id = ''] = await launch(1);
        harness.cloud.gate.loseNextReply('TerminateInstances');
        await expect(harness.port.terminate([id])).rejects.toMatchObject({ code: 'ec2-unreachable' });
        expect(await states([id])).toEqual(['shutting-down']);
      });
    });

    describe('listing', () => {
      it('lists the instances of the cluster and no others', async () => {
        const ours = await launch(2, {}, 'token-1');
        await launch(1, { tags: { [TAGS.cluster]: 'shop-2' } }, 'token-2');
        await launch(1, { tags: { Name: 'by hand' } }, 'token-3');
        expect((await harness.port.listInstances('shop')).map(({ id }) => id)).toEqual(ours);
        expect(await harness.port.listInstances('none')).toEqual([]);
      });

      it('takes the name of the cluster literally', async () => {
        await launch(1);
        expect(await harness.port.listInstances('sh*')).toEqual([]);
        expect(await harness.port.listInstances('s?op')).toEqual([]);
        await launch(1, { tags: { [TAGS.cluster]: 'a*\\' } }, 'star');
        expect(await harness.port.listInstances('a*\\')).toHaveLength(1);
      });

      it('lists every page', async () => {
        await harness.stop();
        await begin({ maxPageSize: 7 });
        const ids = await launch(30);
        expect((await harness.port.listInstances('shop')).map(({ id }) => id)).toEqual(ids);
      });

      it('reads what an instance is', async () => {
        const request = aRequest(harness, { capacity: 'spot' });
        await harness.port.createFleet(request, 'token-1');
        harness.advance(8_000);
        const [instance] = await harness.port.listInstances('shop');
        expect(instance).toEqual({
          id: expect.stringMatching(/^i-[0-9a-f]{17}$/) as string,
          state: 'running',
          zone: request.overrides[0]?.zone,
          type: request.overrides[0]?.instanceType,
          lifecycle: 'spot',
          launchedAt: harness.cloud.now() - 8_000,
          tags: expect.objectContaining(request.tags) as object,
        });
      });

      it('follows an instance to its end and an hour beyond', async () => {
        const ids = await launch(1, { capacity: 'on-demand' });
        const listed = async () => (await harness.port.listInstances('shop')).map(({ state }) => state);
        expect(await listed()).toEqual(['pending']);
        harness.advance(8_000);
        expect(await listed()).toEqual(['running']);
        await harness.port.terminate(ids);
        expect(await listed()).toEqual(['shutting-down']);
        harness.advance(20_000);
        expect(await listed()).toEqual(['terminated']);
        harness.advance(HOUR - 1);
        expect(await listed()).toEqual(['terminated']);
        harness.advance(1);
        expect(await listed()).toEqual([]);
      });

      it('sees what a person ended', async () => {
        const [id = ''] = await launch(1);
        harness.cloud.terminateByHand(id);
        expect(await states([id])).toEqual(['shutting-down']);
      });
    });

    describe('describing by id', () => {
      it('finds instances of any tags and leaves out what EC2 does not know', async () => {
        const [id = ''] = await launch(1, { tags: { Name: 'by hand' } });
        const found = await harness.port.describeInstances([UNKNOWN_ID, id, 'nonsense', 'i-0fedcba9876543210']);
        expect(found.map((instance) => instance.id)).toEqual([id]);
        expect(await harness.port.describeInstances([UNKNOWN_ID])).toEqual([]);
      });

      it('asks EC2 nothing about nothing', async () => {
        await launch(1);
        const before = harness.cloud.gate.requests.length;
        expect(await harness.port.describeInstances([])).toEqual([]);
        expect(harness.cloud.gate.requests).toHaveLength(before);
      });

      it('takes more ids than EC2 takes at once', async () => {
        const ids = await launch(230);
        expect(await harness.port.describeInstances(ids)).toHaveLength(230);
      });
    });

    describe('terminating', () => {
      it('ends what it is told to and nothing else', async () => {
        const ids = await launch(3);
        await harness.port.terminate(ids.slice(0, 2));
        expect(await states(ids)).toEqual(['shutting-down', 'shutting-down', 'pending']);
      });

      it('may be told twice, also about what has ended', async () => {
        const ids = await launch(1);
        await harness.port.terminate(ids);
        await harness.port.terminate(ids);
        harness.advance(20_000);
        await harness.port.terminate(ids);
        expect(await states(ids)).toEqual(['terminated']);
      });

      it.each([[UNKNOWN_ID], ['nonsense']])('takes %s for terminated, and still ends the others', async (unknown) => {
        const ids = await launch(2);
        await harness.port.terminate([unknown]);
        await harness.port.terminate([...ids.slice(0, 1), unknown, ...ids.slice(1)]);
        expect(await states(ids)).toEqual(['shutting-down', 'shutting-down']);
      });

      it('takes more ids than EC2 takes at once, and none', async () => {
        const ids = await launch(130);
        await harness.port.terminate([...ids, UNKNOWN_ID]);
        await harness.port.terminate([]);
        expect(alive()).toEqual([]);
      });

      it('ends the others and then says that one is protected', async () => {
        const [first = '', second = '', third = ''] = await launch(3);
        harness.cloud.protect(second);
        await expect(harness.port.terminate([first, second, UNKNOWN_ID, third])).rejects.toMatchObject({
          code: 'ec2-termination-protected',
          message: expect.stringContaining(second) as string,
        });
        expect(await states([first, second, third])).toEqual(['shutting-down', 'pending', 'shutting-down']);
      });
    });

    describe.each<[string, string, (port: Ec2Port) => Promise<unknown>]>([
      ['listInstances', 'DescribeInstances', (port) => port.listInstances('shop')],
      ['describeInstances', 'DescribeInstances', (port) => port.describeInstances([UNKNOWN_ID])],
      ['spotPrices', 'DescribeSpotPriceHistory', (port) => port.spotPrices(['m6i.large'], 0)],
      ['terminate', 'TerminateInstances', (port) => port.terminate([UNKNOWN_ID])],
    ])('%s', (_, action, call) => {
      it.each([
        ['UnauthorizedOperation', 'ec2-unauthorized'],
        ['RequestLimitExceeded', 'ec2-throttled'],
        ['InternalError', 'ec2-unreachable'],
      ])('rejects %s as our own error, and works again', async (ec2Name, code) => {
        harness.cloud.gate.failNext(action, ec2Name);
        await expect(call(harness.port)).rejects.toMatchObject({ name: 'SmartScaleError', code });
        await call(harness.port);
      });

      it('says that EC2 is out of reach, and works again', async () => {
        harness.cloud.gate.setUnreachable(true);
        await expect(call(harness.port)).rejects.toMatchObject({ name: 'SmartScaleError', code: 'ec2-unreachable' });
        harness.cloud.gate.setUnreachable(false);
        await call(harness.port);
      });
    });

    it('does not know what became of a launch when EC2 is out of reach', async () => {
      harness.cloud.gate.setUnreachable(true);
      const answer = await harness.port.createFleet(aRequest(harness), 'token-1');
      expect(answer).toMatchObject({ kind: 'unknown', fault: { code: 'ec2-unreachable', retryable: true } });
      expect(alive()).toEqual([]);
    });
  });
}

interface RequestOptions extends Partial<FleetRequest> {
  readonly types?: readonly string[];
}

/** One instance on demand in the first subnet, unless told otherwise. */
export function aRequest({ cloud }: Pick<Ec2Harness, 'cloud'>, options: RequestOptions = {}): FleetRequest {
  const { types = ['m6i.large'], ...rest } = options;
  const [subnet] = cloud.catalogue.subnets;
  if (!subnet) throw new Error('A region without subnets');
  return {
    template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
    overrides: types.map((instanceType) => ({ instanceType, subnetId: subnet.id, zone: subnet.zone })),
    count: 1,
    capacity: 'on-demand',
    tags: { [TAGS.cluster]: 'shop', [TAGS.pool]: 'workers', [TAGS.operation]: 'op1' },
    ...rest,
  };
}

export function idsOf(answer: FleetAnswer): readonly string[] {
  if (answer.kind !== 'launched') throw new Error(`${answer.kind}: ${answer.fault.message}`);
  return answer.instances.map(({ id }) => id);
}

function limit({ cloud }: Ec2Harness, capacityType: 'spot' | 'on-demand', type: string, free: number): void {
  for (const { zone } of cloud.catalogue.subnets) cloud.setCapacity({ capacityType, type, zone }, free);
}
