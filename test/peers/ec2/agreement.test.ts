/** The calls of the adapter, answered alike by the simulator and by somebody else's EC2 where there is one. */
import {
  CreateFleetCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeSpotInstanceRequestsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { fleetInput, runInput } from '../../../webhook/adapters/ec2/fleet-request';
import type { Instance } from '../../../webhook/model/observation';
import type { FleetRequest } from '../../../webhook/ports';
import { idsOf } from '../../contracts/ec2-contract';
import { aLaunch, regions, type Region } from './region';

const UNKNOWN_ID = 'i-0123456789abcdef0';
/** One page of DescribeInstances, and one more. */
const MORE_THAN_A_PAGE = 1001;
const CAPACITIES = [['spot'], ['on-demand']] as const;
const [A, B] = ['m6i.large', 'm6a.large'] as const;

describe.each(regions)('the EC2 adapter on the %s', (_, open) => {
  let region: Region;
  let cluster: string;
  let started = 0;
  let tokens = 0;

  beforeAll(async () => {
    region = await open({ pendingMs: 0, shuttingDownMs: 0 });
  });
  beforeEach(() => {
    cluster = `shop-${(started += 1)}`;
  });
  afterAll(() => region.stop());

  const request = (wish: Parameters<typeof aLaunch>[1] = {}) => aLaunch(region, { cluster, ...wish });
  const launch = async (wish: Parameters<typeof aLaunch>[1] = {}) =>
    idsOf(await region.port.createFleet(request(wish), `token-${(tokens += 1)}`));
  const states = async (ids: readonly string[]) =>
    (await region.port.describeInstances(ids)).map(({ state }) => state).toSorted();
  const second = () => region.subnets[1] ?? { id: '', zone: '' };

  /** As listed, without what only EC2 chooses. */
  const listed = async () => (await region.port.listInstances(cluster)).map(withoutAwsTags);

  describe.each(CAPACITIES)('launches %s', (capacity) => {
    const expected = (over: Partial<Instance> = {}) => ({
      state: 'running',
      zone: 'eu-central-1b',
      type: A,
      lifecycle: capacity,
      tags: request().tags,
      ...over,
    });

    test('by CreateFleet: type, zone, lifecycle and tags are those of the request', async () => {
      const answer = await region.port.createFleet(
        request({ capacity, count: 2, places: [second()] }),
        `one-${capacity}`,
      );
      expect(answer).toMatchObject({
        kind: 'launched',
        instances: [{ zone: 'eu-central-1b' }, { zone: 'eu-central-1b' }],
        faults: [],
        refusals: [],
      });
      expect(await listed()).toEqual([expected(), expected()]);
      expect((await region.port.listInstances(cluster)).map(({ id }) => id).toSorted()).toEqual(
        idsOf(answer).toSorted(),
      );
    });

    test('by CreateFleet over types and zones: every instance is one of the overrides', async () => {
      const wanted = request({ capacity, count: 3, types: [A, B], places: region.subnets });
      expect(idsOf(await region.port.createFleet(wanted, `many-${capacity}`))).toHaveLength(3);
      const found = await listed();
      expect(found).toHaveLength(3);
      for (const it of found) {
        expect(wanted.overrides).toContainEqual(expect.objectContaining({ instanceType: it.type, zone: it.zone }));
        expect(it).toEqual(expected({ zone: it.zone, type: it.type }));
      }
    });

    test('by RunInstances', async () => {
      const wanted = request({ capacity, call: 'RunInstances', types: [B], places: [second()] });
      const answer = await region.port.createFleet(wanted, `run-${capacity}`);
      expect(answer).toMatchObject({ kind: 'launched', instances: [{ zone: 'eu-central-1b' }], faults: [] });
      expect(await listed()).toEqual([expected({ type: B })]);
    });
  });

  describe('refuses as configuration, by CreateFleet,', () => {
    test.each<[string, Partial<FleetRequest>, string]>([
      [
        'an unknown launch template',
        { template: { id: 'lt-0123456789abcdef0', version: '1' } },
        'InvalidLaunchTemplateId.NotFound',
      ],
      [
        'an unknown subnet',
        { overrides: [{ instanceType: A, subnetId: 'subnet-0none', zone: 'eu-central-1a' }] },
        'InvalidSubnetID.NotFound',
      ],
    ])('%s', async (_what, wish, name) => {
      await expectRefused(wish, name);
    });

    test('an unknown version', async () => {
      const template = { id: region.template.id, version: '99' };
      await expectRefused({ template }, 'InvalidLaunchTemplateId.VersionNotFound');
    });

    test('an unknown subnet by RunInstances, too', async () => {
      const overrides = [{ instanceType: A, subnetId: 'subnet-0none', zone: 'eu-central-1a' }];
      await expectRefused({ call: 'RunInstances', overrides }, 'InvalidSubnetID.NotFound');
    });

    async function expectRefused(wish: Partial<FleetRequest>, name: string): Promise<void> {
      expect(await region.port.createFleet(request(wish), `no-${(tokens += 1)}`)).toMatchObject({
        kind: 'refused',
        fault: { code: 'ec2-bad-configuration', message: expect.stringMatching(`^${name}: `) as string },
      });
      expect(await listed()).toEqual([]);
    }
  });

  test('lists the instances of the cluster and no others, its name taken literally', async () => {
    await launch();
    await launch({ cluster: `${cluster}-2` });
    await launch({ cluster: `${cluster}*?` });
    expect(await listed()).toHaveLength(1);
    expect(await region.port.listInstances(`${cluster}*`)).toEqual([]);
    expect(await region.port.listInstances(`${cluster}*?`)).toHaveLength(1);
  });

  test('describes by id, and leaves out what EC2 does not know', async () => {
    const ids = await launch({ count: 2 });
    const found = await region.port.describeInstances([UNKNOWN_ID, ...ids, 'nonsense']);
    expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  describe('terminates', () => {
    test('what it is told to and nothing else, also twice and beside unknown ids', async () => {
      const [first = '', other = ''] = await launch({ count: 2 });
      await region.port.terminate([first, UNKNOWN_ID]);
      await region.port.terminate([first]);
      expect(await states([first])).toEqual(['terminated']);
      expect(await states([other])).toEqual(['running']);
    });

    test('the others, and says that one is protected', async () => {
      const [first = '', second = ''] = await launch({ count: 2 });
      await region.protect(second);
      await expect(region.port.terminate([first, second])).rejects.toMatchObject({
        code: 'ec2-termination-protected',
        message: expect.stringContaining(second) as string,
      });
      expect(await states([first, second])).toEqual(['running', 'terminated']);
    });

    test('and EC2 gives the reason', async () => {
      const InstanceIds = [...(await launch())];
      await region.port.terminate(InstanceIds);
      const { Reservations } = await region.client.send(new DescribeInstancesCommand({ InstanceIds }));
      expect(Reservations?.[0]?.Instances?.[0]?.StateReason?.Code).toBe('Client.UserInitiatedShutdown');
    });
  });

  describe('asks what EC2 will take away', () => {
    test('and hears nothing of instances that stay', async () => {
      const ids = [...(await launch()), ...(await launch({ capacity: 'spot' }))];
      expect(await region.port.notices(ids)).toEqual([]);
      expect(await region.port.notices([])).toEqual([]);
    });

    test('in words that EC2 answers: the spot request of each, the status of all', async () => {
      const spot = await launch({ capacity: 'spot', count: 2 });
      const ids = [...(await launch()), ...spot];
      const Filters = [{ Name: 'instance-id', Values: ids }];
      const asked = await region.client.send(new DescribeSpotInstanceRequestsCommand({ Filters }));
      const requests = asked.SpotInstanceRequests?.map(({ State, Status, InstanceId }) => [
        InstanceId,
        State,
        Status?.Code,
      ]);
      expect(requests?.toSorted()).toEqual(spot.map((id) => [id, 'active', 'fulfilled']).toSorted());
      const input = { InstanceIds: ids, IncludeAllInstances: true };
      const { InstanceStatuses } = await region.client.send(new DescribeInstanceStatusCommand(input));
      const statuses = InstanceStatuses?.map(({ InstanceId, InstanceState, AvailabilityZone, Events = [] }) => {
        return [InstanceId, InstanceState?.Name, AvailabilityZone, Events.length];
      });
      expect(statuses?.toSorted()).toEqual(ids.map((id) => [id, 'running', 'eu-central-1a', 0]).toSorted());
    });

    test('one by one when EC2 does not know one of them, which it answers with an error for all', async () => {
      const ids = [...(await launch()), UNKNOWN_ID];
      const input = { InstanceIds: ids, IncludeAllInstances: true };
      await expect(region.client.send(new DescribeInstanceStatusCommand(input))).rejects.toMatchObject({
        name: 'InvalidInstanceID.NotFound',
      });
      expect(await region.port.notices(ids)).toEqual([]);
      expect(await region.port.notices([UNKNOWN_ID])).toEqual([]);
    });
  });

  test('a dry run of every call that changes something says that it may, and changes nothing', async () => {
    const ids = [...(await launch())];
    const wanted = request({ places: [second()] });
    const dry = { DryRun: true };
    const { client } = region;
    const tries = [
      () => client.send(new CreateFleetCommand({ ...fleetInput(wanted, 'dry-1'), ...dry })),
      () => client.send(new RunInstancesCommand({ ...runInput(wanted, 'dry-2'), ...dry })),
      () => client.send(new TerminateInstancesCommand({ InstanceIds: ids, ...dry })),
    ];
    for (const attempt of tries) {
      await expect(attempt()).rejects.toMatchObject({ name: 'DryRunOperation', $metadata: { httpStatusCode: 412 } });
    }
    expect((await listed()).map(({ state }) => state)).toEqual(['running']);
  });

  test('lists every page', async () => {
    const ids = await launch({ count: MORE_THAN_A_PAGE, capacity: 'spot' });
    const found = await region.port.listInstances(cluster);
    expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });
});

function withoutAwsTags({ id: _id, launchedAt: _launchedAt, tags, ...rest }: Instance) {
  return { ...rest, tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('aws:'))) };
}
