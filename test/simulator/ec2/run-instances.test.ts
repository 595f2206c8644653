import { aCloud, aRun, codeOf, SUBNET_A, SUBNET_B, ZONE_A, ZONE_B } from './sample';

const LIMITED = { capacityType: 'on-demand', type: 'm6i.large', zone: ZONE_A } as const;

describe('RunInstances', () => {
  it('gives as many as there are between MinCount and MaxCount', () => {
    const { cloud } = aCloud();
    cloud.setCapacity(LIMITED, 3);
    const run = aRun({ minCount: 2, maxCount: 5, subnetId: SUBNET_A });
    expect(cloud.runInstances(run).map(({ launchIndex }) => launchIndex)).toEqual([0, 1, 2]);
    expect(codeOf(() => cloud.runInstances(run))).toBe('InsufficientInstanceCapacity');
    expect(cloud.instances).toHaveLength(3);
  });

  it('launches once a token, and shows the instances as they are by now', () => {
    const { cloud } = aCloud();
    const run = aRun({ clientToken: 'once', maxCount: 2 });
    const first = cloud.runInstances(run);
    cloud.runAll();
    const again = cloud.runInstances(run);
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(again.map(({ state }) => state)).toEqual(['running', 'running']);
    expect(codeOf(() => cloud.runInstances({ ...run, maxCount: 3 }))).toBe('IdempotentParameterMismatch');
    expect(cloud.instances).toHaveLength(2);
  });

  it('knows a token per zone, as EC2 does', () => {
    const { cloud } = aCloud();
    cloud.runInstances(aRun({ clientToken: 'once', subnetId: SUBNET_A }));
    cloud.runInstances(aRun({ clientToken: 'once', subnetId: SUBNET_B }));
    cloud.runInstances(aRun({ clientToken: 'once', subnetId: SUBNET_B }));
    expect(cloud.instances.map(({ zone }) => zone)).toEqual([ZONE_A, ZONE_B]);
  });

  it('does not keep the token of a call that failed', () => {
    const { cloud } = aCloud();
    cloud.setCapacity(LIMITED, 0);
    const run = aRun({ clientToken: 'once', subnetId: SUBNET_A });
    expect(codeOf(() => cloud.runInstances(run))).toBe('InsufficientInstanceCapacity');
    cloud.setCapacity(LIMITED, 1);
    expect(cloud.runInstances(run)).toHaveLength(1);
  });

  it.each([
    ['an unknown subnet', { subnetId: 'subnet-0none' }, 'InvalidSubnetID.NotFound'],
    ['an unknown zone', { zone: 'nowhere-1a' }, 'InvalidParameterValue'],
    ['an unknown type', { instanceType: 'z9.mega' }, 'InvalidInstanceType'],
    ['an unknown template', { template: { name: 'none' } }, 'InvalidLaunchTemplateName.NotFoundException'],
    ['counts that do not fit', { minCount: 3, maxCount: 2 }, 'InvalidParameterValue'],
  ])('refuses %s', (_, options, code) => {
    const { cloud } = aCloud();
    expect(codeOf(() => cloud.runInstances(aRun(options)))).toBe(code);
    expect(cloud.instances).toEqual([]);
  });

  it('needs an image from somewhere', () => {
    const { cloud } = aCloud();
    const { template: _, ...bare } = aRun({ instanceType: 't3.large' });
    expect(codeOf(() => cloud.runInstances(bare))).toBe('MissingParameter');
    expect(cloud.runInstances({ ...bare, imageId: 'ami-0abc' })[0]).toMatchObject({ imageId: 'ami-0abc' });
  });
});
