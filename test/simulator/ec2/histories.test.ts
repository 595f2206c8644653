/** Whatever happens in whatever order: what is taken is given back, nobody gets more than there is, a token launches once. */
import fc from 'fast-check';
import { DEFAULT_SETTINGS } from '../../../simulator/ec2/settings';
import { aCloud, aFleet, SUBNET_A, ZONE_A } from './sample';

const OFFERING = { capacityType: 'on-demand', type: 'm6i.large', zone: ZONE_A } as const;
const CAPACITY = 9;

const step = fc.oneof(
  fc.record({ kind: fc.constant('launch' as const), token: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ kind: fc.constant('terminate' as const), index: fc.nat(20) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30_000 }) }),
);

test('any history of launches, terminations and waiting', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { cloud, advance } = aCloud({ listedMs: 10_000 });
      cloud.setCapacity(OFFERING, CAPACITY);
      const total = cloud.freeAddresses(SUBNET_A);
      const byToken = new Map<number, string>();
      let launches = 0;
      cloud.onChange(({ from }) => {
        if (from === null) launches += 1;
      });
      for (const action of steps) {
        if (action.kind === 'wait') advance(action.ms);
        if (action.kind === 'terminate') {
          const victim = cloud.instances[action.index];
          if (victim) cloud.terminateInstances([victim.id]);
        }
        if (action.kind === 'launch') {
          const result = cloud.createFleet(aFleet({ total: 2, clientToken: `token-${action.token}` }));
          const ids = result.launched.flatMap(({ instances }) => instances.map(({ id }) => id)).join();
          expect(byToken.get(action.token) ?? ids).toBe(ids);
          byToken.set(action.token, ids);
        }
        const held = cloud.instances.filter(({ state }) => state !== 'terminated');
        expect(held.length).toBeLessThanOrEqual(CAPACITY);
        expect(cloud.freeAddresses(SUBNET_A)).toBe(total - held.length);
        expect(new Set(held.map(({ privateIp }) => privateIp)).size).toBe(held.length);
      }
      const promised = [...byToken.values()].flatMap((ids) => (ids === '' ? [] : ids.split(',')));
      expect(launches).toBe(promised.length);
    }),
    { numRuns: 200 },
  );
});

test('the defaults hold together', () => {
  const { subnets, launchTemplates, instanceTypes } = DEFAULT_SETTINGS;
  expect(new Set(subnets.map(({ zone }) => zone)).size).toBe(3);
  const names = instanceTypes.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['m6i.large', 'm6a.large', 'c6i.large', 't3.large']));
  for (const { versions } of launchTemplates)
    for (const { instanceType } of versions) expect(names).toContain(instanceType);
});
