import { TAGS } from '../../../webhook/model/names';
import { aCloud, aFleet, aRun, codeOf, SUBNET_A, SUBNET_B, ZONE_B } from './sample';

const UNKNOWN = 'i-0123456789abcdef0';

describe('DescribeInstances', () => {
  function region() {
    const { cloud, advance } = aCloud();
    cloud.createFleet(aFleet({ total: 2, tags: { instance: { [TAGS.cluster]: 'shop', Name: 'web 1' }, fleet: {} } }));
    cloud.runInstances(aRun({ subnetId: SUBNET_B, clientToken: 'mine', capacityType: 'spot', tags: { Name: 'web*' } }));
    const ids = cloud.instances.map(({ id }) => id);
    return { cloud, advance, ids };
  }

  it.each<[string, readonly string[], readonly number[]]>([
    [`tag:${TAGS.cluster}`, ['shop'], [0, 1]],
    ['tag:Name', ['web*'], [0, 1, 2]],
    ['tag:Name', ['web\\*'], [2]],
    ['tag:Name', ['web ?'], [0, 1]],
    ['tag:Name', ['WEB*'], []],
    ['tag:Name', ['web', 'eb*'], []],
    ['tag:Name', ['other', 'web.1'], []],
    ['tag-key', [TAGS.cluster], [0, 1]],
    ['availability-zone', [ZONE_B], [2]],
    ['instance-lifecycle', ['spot'], [2]],
    ['client-token', ['mine'], [2]],
    ['instance-state-name', ['pending', 'running'], [0, 1, 2]],
    ['instance-state-name', ['terminated'], []],
    ['instance-id', [UNKNOWN], []],
  ])('filters by %s %j', (name, values, expected) => {
    const { cloud, ids } = region();
    const found = cloud.describeInstances({ filters: [{ name, values }] });
    expect(found.items.map(({ id }) => ids.indexOf(id))).toEqual(expected);
  });

  it('wants all filters to hold, and refuses one that it does not know', () => {
    const { cloud } = region();
    const filters = [
      { name: 'tag:Name', values: ['web*'] },
      { name: 'availability-zone', values: [ZONE_B] },
    ];
    expect(cloud.describeInstances({ filters }).items).toHaveLength(1);
    expect(codeOf(() => cloud.describeInstances({ filters: [{ name: 'colour', values: ['red'] }] }))).toBe(
      'InvalidParameterValue',
    );
  });

  it('takes two hundred values and no more', () => {
    const { cloud, ids } = region();
    const values = [...ids, ...Array.from({ length: 197 }, (_, index) => `i-${index}`)];
    expect(cloud.describeInstances({ filters: [{ name: 'instance-id', values }] }).items).toHaveLength(3);
    const tooMany = { filters: [{ name: 'instance-id', values: [...values, 'one more'] }] };
    expect(codeOf(() => cloud.describeInstances(tooMany))).toBe('FilterLimitExceeded');
  });

  it('fails as a whole for one bad id', () => {
    const { cloud, ids } = region();
    expect(codeOf(() => cloud.describeInstances({ ids: [...ids, UNKNOWN] }))).toBe('InvalidInstanceID.NotFound');
    expect(codeOf(() => cloud.describeInstances({ ids: [...ids, 'nonsense'] }))).toBe('InvalidInstanceID.Malformed');
    expect(cloud.describeInstances({ ids }).items).toHaveLength(3);
  });

  it('leaves out the rest, and says nothing of it, when told to', () => {
    const { cloud, ids } = region();
    const [first = ''] = ids;
    const shown = () => cloud.describeInstances({ maxResults: 5 });
    cloud.truncateAnswers(1);
    expect(shown()).toEqual({ items: [expect.objectContaining({ id: first })] });
    expect(cloud.describeInstances({ ids }).items).toHaveLength(1);
    cloud.truncateAnswers(0);
    expect(shown()).toEqual({ items: [] });
    expect(cloud.instances).toHaveLength(3);
    cloud.truncateAnswers(null);
    expect(shown().items).toHaveLength(3);
  });

  it('pages on from the last one given, whatever came or went meanwhile', () => {
    const { cloud, advance } = aCloud({ listedMs: 1 });
    cloud.createFleet(aFleet({ total: 12 }));
    const all = cloud.instances.map(({ id }) => id);
    const first = cloud.describeInstances({ maxResults: 5 });
    cloud.terminateInstances(all.slice(0, 3));
    advance(60_000);
    cloud.createFleet(aFleet());
    const second = cloud.describeInstances({ maxResults: 5, nextToken: first.nextToken ?? '' });
    const third = cloud.describeInstances({ maxResults: 5, nextToken: second.nextToken ?? '' });
    expect(first.items.map(({ id }) => id)).toEqual(all.slice(0, 5));
    expect(second.items.map(({ id }) => id)).toEqual(all.slice(5, 10));
    expect(third.items).toHaveLength(3);
    expect(third.nextToken).toBeUndefined();
  });

  it.each([
    [{ maxResults: 4 }, 'InvalidParameterValue'],
    [{ maxResults: 1001 }, 'InvalidParameterValue'],
    [{ nextToken: 'nonsense' }, 'InvalidParameterValue'],
    [{ maxResults: 5, ids: [UNKNOWN] }, 'InvalidParameterCombination'],
  ])('refuses %j', (query, code) => {
    expect(codeOf(() => aCloud().cloud.describeInstances(query))).toBe(code);
  });
});

describe('TerminateInstances', () => {
  it('ends nothing when one id is unknown', () => {
    const { cloud } = aCloud();
    cloud.createFleet(aFleet());
    const [{ id } = { id: '' }] = cloud.instances;
    expect(codeOf(() => cloud.terminateInstances([id, UNKNOWN]))).toBe('InvalidInstanceID.NotFound');
    expect(codeOf(() => cloud.terminateInstances([]))).toBe('MissingParameter');
    expect(cloud.instances[0]?.state).toBe('pending');
  });

  it('says what was and what is', () => {
    const { cloud } = aCloud();
    cloud.createFleet(aFleet());
    cloud.runAll();
    const ids = cloud.instances.map(({ id }) => id);
    const once = () => cloud.terminateInstances(ids).map(({ previous, current }) => `${previous} > ${current}`);
    expect(once()).toEqual(['running > shutting-down']);
    expect(once()).toEqual(['shutting-down > shutting-down']);
    cloud.finishTerminations();
    expect(once()).toEqual(['terminated > terminated']);
  });

  it('spares the zone of a protected instance, fails, and still ends those of other zones', () => {
    const { cloud } = aCloud();
    for (const subnet of [SUBNET_A, SUBNET_A, SUBNET_B]) cloud.createFleet(aFleet({ places: [`t3.large@${subnet}`] }));
    const ids = cloud.instances.map(({ id }) => id);
    cloud.protect(ids[0] ?? '');
    expect(codeOf(() => cloud.terminateInstances(ids))).toBe('OperationNotPermitted');
    expect(cloud.instances.map(({ state }) => state)).toEqual(['pending', 'pending', 'shutting-down']);
    cloud.protect(ids[0] ?? '', false);
    cloud.terminateInstances(ids);
    expect(cloud.instances.map(({ state }) => state)).toEqual(['shutting-down', 'shutting-down', 'shutting-down']);
  });
});

describe('CreateTags', () => {
  it('adds and overwrites, and leaves the tags of AWS alone', () => {
    const { cloud } = aCloud();
    cloud.createFleet(aFleet({ tags: { instance: { a: '1', b: '2' }, fleet: {} } }));
    const ids = cloud.instances.map(({ id }) => id);
    cloud.createTags(ids, { b: '3', c: '' });
    expect(cloud.instances[0]?.tags).toMatchObject({ a: '1', b: '3', c: '' });
    expect(codeOf(() => cloud.createTags(ids, { 'aws:mine': 'no' }))).toBe('InvalidParameterValue');
    expect(codeOf(() => cloud.createTags([...ids, UNKNOWN], { d: '4' }))).toBe('InvalidInstanceID.NotFound');
    expect(cloud.instances[0]?.tags).not.toHaveProperty('d');
  });
});
