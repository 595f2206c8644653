import { seededRandom } from '../../../simulator/random';
import { DEFAULT_SETTINGS } from '../../../simulator/ec2/settings';
import type { FleetResult } from '../../../simulator/ec2/fleet';
import { aCloud, aFleet, codeOf, SUBNET_A, SUBNET_B, SUBNET_C, TEMPLATE, ZONE_A, ZONE_B } from './sample';

const [CHEAP, DEAR] = ['m6a.large', 'm6i.large'] as const;
const places = [`${DEAR}@${SUBNET_A}`, `${CHEAP}@${SUBNET_B}`];
const got = ({ launched }: FleetResult) =>
  launched.map(({ place, instances }) => `${instances.length} ${place.type.name}@${place.subnet.zone}`);
const told = ({ errors }: FleetResult) =>
  errors.map(({ error, pool }) => `${error.code} ${pool.override.instanceType}`);

describe('CreateFleet instant', () => {
  it('takes the cheapest pool on demand, the one with the lowest priority when told to', () => {
    const { cloud } = aCloud();
    expect(got(cloud.createFleet(aFleet({ places })))).toEqual([`1 ${CHEAP}@${ZONE_B}`]);
    const byHand = aFleet({ places, strategies: { 'on-demand': 'prioritized' } });
    expect(got(cloud.createFleet(byHand))).toEqual([`1 ${CHEAP}@${ZONE_B}`]);
    const reversed = { ...byHand, configs: [...aFleet({ places: [...places].reverse() }).configs] };
    expect(got(cloud.createFleet(reversed))).toEqual([`1 ${DEAR}@${ZONE_A}`]);
  });

  it('prefers a pool that is deep enough to a cheaper one that is not, for spot', () => {
    const { cloud } = aCloud();
    cloud.setCapacity({ capacityType: 'spot', type: CHEAP, zone: ZONE_B }, 2);
    const spot = (total: number) =>
      aFleet({
        places,
        total,
        defaultCapacityType: 'spot',
        strategies: { spot: 'price-capacity-optimized' },
      });
    const deep = cloud.createFleet(spot(3));
    expect(got(deep)).toEqual([`3 ${DEAR}@${ZONE_A}`]);
    expect(deep.errors).toEqual([]);
    expect(got(cloud.createFleet(spot(2)))).toEqual([`2 ${CHEAP}@${ZONE_B}`]);
  });

  it('fills up from pool to pool and names each that had too little', () => {
    const { cloud } = aCloud();
    cloud.setCapacity({ capacityType: 'on-demand', type: CHEAP, zone: ZONE_B }, 2);
    cloud.setCapacity({ capacityType: 'on-demand', type: DEAR, zone: ZONE_A }, 1, 'UnfulfillableCapacity');
    const result = cloud.createFleet(aFleet({ places, total: 5 }));
    expect(got(result)).toEqual([`2 ${CHEAP}@${ZONE_B}`, `1 ${DEAR}@${ZONE_A}`]);
    expect(told(result)).toEqual([`InsufficientInstanceCapacity ${CHEAP}`, `UnfulfillableCapacity ${DEAR}`]);
  });

  it('gets capacity back when instances have ended, not before', () => {
    const { cloud } = aCloud();
    cloud.setCapacity({ capacityType: 'on-demand', type: DEAR, zone: ZONE_A }, 1);
    cloud.createFleet(aFleet());
    cloud.terminateByHand(cloud.instances[0]?.id ?? '');
    expect(got(cloud.createFleet(aFleet()))).toEqual([]);
    cloud.finishTerminations();
    expect(got(cloud.createFleet(aFleet()))).toEqual([`1 ${DEAR}@${ZONE_A}`]);
  });

  it('has no more instances than the subnet has addresses', () => {
    const subnets = DEFAULT_SETTINGS.subnets.map((subnet) => ({ ...subnet, cidr: '10.9.0.0/28' }));
    const { cloud } = aCloud({ subnets });
    expect(cloud.freeAddresses(SUBNET_A)).toBe(11);
    const result = cloud.createFleet(aFleet({ total: 12 }));
    expect(cloud.instances).toHaveLength(11);
    expect(told(result)).toEqual([`InsufficientFreeAddressesInSubnet ${DEAR}`]);
    expect(new Set(cloud.instances.map(({ privateIp }) => privateIp)).size).toBe(11);
    expect(cloud.instances.map(({ privateIp }) => privateIp)).toEqual(
      Array.from({ length: 11 }, (_, index) => `10.9.0.${index + 4}`),
    );
  });

  it('counts a quota in vCPUs, per capacity type', () => {
    const { cloud } = aCloud();
    cloud.setQuota('on-demand', 5);
    expect(told(cloud.createFleet(aFleet({ total: 3 })))).toEqual([`VcpuLimitExceeded ${DEAR}`]);
    expect(cloud.instances).toHaveLength(2);
    expect(got(cloud.createFleet(aFleet({ total: 3, defaultCapacityType: 'spot' })))).toEqual([`3 ${DEAR}@${ZONE_A}`]);
  });

  it('splits a target between spot and on demand', () => {
    const { cloud } = aCloud();
    cloud.createFleet(aFleet({ total: 5, defaultCapacityType: 'spot', fixed: { 'on-demand': 2 } }));
    expect(cloud.instances.map(({ lifecycle }) => lifecycle)).toEqual([
      ...['on-demand', 'on-demand'],
      ...['spot', 'spot', 'spot'],
    ]);
  });

  it('makes an unknown subnet or type the error of its override only', () => {
    const { cloud } = aCloud();
    const result = cloud.createFleet(
      aFleet({ places: [`${DEAR}@subnet-0none`, `z9.mega@${SUBNET_A}`, `${CHEAP}@${SUBNET_C}`] }),
    );
    expect(told(result)).toEqual([`InvalidSubnetID.NotFound ${DEAR}`, 'InvalidInstanceType z9.mega']);
    expect(cloud.instances).toHaveLength(1);
  });

  it('refuses a zone that is not the one of the subnet', () => {
    const { cloud } = aCloud();
    const [config] = aFleet().configs;
    const overrides = (config?.overrides ?? []).map((override) => ({ ...override, zone: ZONE_B }));
    const result = cloud.createFleet(aFleet({ configs: [{ template: config?.template ?? {}, overrides }] }));
    expect(told(result)).toEqual([`InvalidParameterValue ${DEAR}`]);
    expect(cloud.instances).toEqual([]);
  });

  it.each([
    ['two pools of the same type and zone', { places: [...places, ...places] }, 'InvalidFleetConfig'],
    ['no configuration', { configs: [] }, 'MissingParameter'],
    ['a fleet that would live on', { type: 'maintain' }, 'InvalidParameterValue'],
    ['nothing at all', { total: 0 }, 'InvalidParameterValue'],
    ['half an instance', { total: 1.5 }, 'InvalidParameterValue'],
    ['parts larger than the total', { fixed: { spot: 2 } }, 'InvalidFleetConfig'],
    ['a capacity type that does not exist', { defaultCapacityType: 'free' }, 'InvalidParameterValue'],
    ['a strategy that does not exist', { strategies: { 'on-demand': 'luck' } }, 'InvalidParameterValue'],
    ['a token that is too long', { clientToken: 'x'.repeat(65) }, 'InvalidParameterValue'],
    ['a template named twice', { configs: [{ template: { id: 'a', name: 'b' }, overrides: [] }] }, 'MissingParameter'],
  ])('throws for %s', (_, options, code) => {
    const { cloud } = aCloud();
    expect(codeOf(() => cloud.createFleet(aFleet(options)))).toBe(code);
    expect(cloud.instances).toEqual([]);
  });

  it('sees no difference in the order of tags, but one in the order of overrides', () => {
    const { cloud } = aCloud();
    const request = { clientToken: 'once', places };
    cloud.createFleet(aFleet({ ...request, tags: { instance: { a: '1', b: '2' }, fleet: {} } }));
    cloud.createFleet(aFleet({ ...request, tags: { instance: { b: '2', a: '1' }, fleet: {} } }));
    expect(cloud.instances).toHaveLength(1);
    const reversed = aFleet({
      ...request,
      places: [...places].reverse(),
      tags: { instance: { a: '1', b: '2' }, fleet: {} },
    });
    expect(codeOf(() => cloud.createFleet(reversed))).toBe('IdempotentParameterMismatch');
  });

  it('tags what it launches with template and fleet', () => {
    const { cloud } = aCloud();
    const { fleetId } = cloud.createFleet(aFleet({ tags: { instance: { mine: 'yes' }, fleet: {} } }));
    expect(cloud.instances[0]?.tags).toEqual({
      mine: 'yes',
      'aws:ec2:fleet-id': fleetId,
      'aws:ec2launchtemplate:id': TEMPLATE,
      'aws:ec2launchtemplate:version': '1',
    });
  });

  it('is the same under the same seed, and another under another', () => {
    const ids = [7, 7, 8].map((seed) => {
      const { cloud } = aCloud({ random: seededRandom(seed) });
      cloud.createFleet(aFleet({ total: 3, defaultCapacityType: 'spot' }));
      return JSON.stringify(cloud.instances);
    });
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });
});
