import fc from 'fast-check';
import type { Node, Pod } from '../../webhook/model/observation';
import { chooseNode } from '../../webhook/removal/choose-node';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import { KEY, NOW, aNode, aPod, aPolicy, aPoolState, aWaitingPod, anInstance, observation } from '../support/builders';

const ZONE = 'zone';
const app = [{ key: 'app', operator: 'In' as const, values: ['web'] }];
const apart = [{ topologyKey: ZONE, namespaces: ['default'], selector: app }];
const spread = [{ topologyKey: ZONE, maxSkew: 1, selector: app }];
const hostPorts = [{ protocol: 'TCP', port: 80, ip: '' }];
const web = (name: string, node: string, rules: Partial<Pod> = {}) =>
  aPod(name, { node, labels: { app: 'web' }, ...rules });

/** `i-1` is ours and in zone a; the others, in zones b and c, are another pool's. */
function lets(pods: readonly Pod[]): boolean {
  const nodes = ['a', 'b', 'c'].map((zone, i) =>
    aNode(`i-${i + 1}`, { pool: i === 0 ? KEY.pool : 'other', labels: { [ZONE]: zone } }),
  );
  const seen = observation({ nodes, instances: [anInstance('i-1')], pods });
  return chooseNode(surroundingsOf({ key: KEY, state: aPoolState(), policy: aPolicy(), now: NOW }, seen)).node !== null;
}

describe('the pods beside a pod', () => {
  it.each<[string, boolean, readonly Pod[]]>([
    ['a port that is free somewhere', true, [web('x', 'i-1', { hostPorts }), web('y', 'i-2', { hostPorts })]],
    ['a port that is taken everywhere', false, ['i-1', 'i-2', 'i-3'].map((node) => web(node, node, { hostPorts }))],
    ['a zone without its like', true, [web('x', 'i-1', { apart }), web('y', 'i-2')]],
    ['its like in every zone', false, [web('x', 'i-1', { apart }), web('y', 'i-2'), web('z', 'i-3')]],
    [
      'zones whose pods do not want it',
      false,
      [web('x', 'i-1'), web('y', 'i-2', { apart }), web('z', 'i-3', { apart })],
    ],
    ['two that must be apart, and two zones', true, [web('x', 'i-1', { apart }), web('y', 'i-1', { apart })]],
    [
      'two that must be apart, and one zone',
      false,
      [web('x', 'i-1', { apart }), web('y', 'i-1', { apart }), web('z', 'i-2')],
    ],
    ['one that must be beside its like', true, [web('x', 'i-1', { together: apart }), web('y', 'i-3')]],
    ['the first of its like', true, [web('x', 'i-1', { together: apart })]],
    ['one that must be beside another that is gone', false, [aPod('x', { node: 'i-1', together: apart })]],
    // The scheduler counts the zone of a cordoned node, too.
    ['a spread that leaves its own zone empty', false, [web('x', 'i-1', { spread }), web('y', 'i-2'), web('z', 'i-3')]],
    ['a spread that evens out', true, [web('x', 'i-1', { spread }), web('y', 'i-2')]],
  ])('%s: %s', (_name, allowed, pods) => {
    expect(lets(pods)).toBe(allowed);
  });
});

test('a pod whose volume is in a zone finds its place there or nowhere', () => {
  const label = { key: 'topology.kubernetes.io/zone', operator: 'In' as const, values: ['a'] };
  const claims = [{ namespace: 'default', name: 'data', volume: 'pv', nodes: [{ labels: [label], fields: [] }] }];
  const inZone = (zone: string, name: string, pool = 'other') => aNode(name, { pool, labels: { [label.key]: zone } });
  const db = aPod('db', { node: 'i-1', claims: ['data'], requests: { cpu: 1.5, memory: 1, pods: 1 } });
  const choose = (pods: readonly Pod[], beside: readonly Node[]) => {
    const nodes = [inZone('a', 'i-1', KEY.pool), ...beside];
    const seen = observation({ nodes, instances: [anInstance('i-1')], pods, claims });
    return chooseNode(surroundingsOf({ key: KEY, state: aPoolState(), policy: aPolicy(), now: NOW }, seen));
  };
  const both = [inZone('a', 'i-2'), inZone('b', 'i-3')];
  expect(choose([db], both).node?.name).toBe('i-1');
  const full = aPod('full', { node: 'i-2', requests: { cpu: 1, memory: 1, pods: 1 } });
  expect(choose([db, full], both)).toMatchObject({ reason: 'pods-do-not-fit-elsewhere' });
  expect(choose([{ ...db, claims: [] }, full], both).node?.name).toBe('i-1');
});

test.each([0.1, 0.8, 1.5])(
  'a node stays for a waiting pod of %d cores that finds room there and nowhere else',
  (cpu) => {
    const of = (cores: number) => ({ requests: { cpu: cores, memory: 1, pods: 1 } });
    const pods = [aPod('full', { node: 'i-1', ...of(1.95) }), aWaitingPod('waits', of(cpu))];
    const seen = observation({ nodes: [aNode('i-1'), aNode('i-2')], instances: [anInstance('i-2')], pods });
    const choice = chooseNode(surroundingsOf({ key: KEY, state: aPoolState(), policy: aPolicy(), now: NOW }, seen));
    expect(choice.node).toBeNull();
    expect(choice.detail).toContain('i-2: is what pod default/waits waits for');
  },
);

/** Some way to give every pod a place: all ways are tried. */
function fitsSomehow(sizes: readonly number[], rooms: readonly number[]): boolean {
  const [first, ...others] = sizes;
  if (first === undefined) return true;
  return rooms.some((room, i) => first <= room && fitsSomehow(others, rooms.with(i, room - first)));
}

test('a node is only chosen when its pods have a place, and no place is given twice', () => {
  const size = fc.integer({ min: 1, max: 4 });
  fc.assert(
    fc.property(fc.array(fc.array(size, { maxLength: 3 }), { minLength: 2, maxLength: 4 }), (loads) => {
      const CPU = 5;
      const nodes: Node[] = loads.map((_, i) => aNode(`i-${i}`, { allocatable: { cpu: CPU, memory: 9, pods: 9 } }));
      const pods = loads.flatMap((load, i) =>
        load.map((cpu, k) => aPod(`p-${i}-${k}`, { node: `i-${i}`, requests: { cpu, memory: 0, pods: 1 } })),
      );
      const seen = observation({ nodes, instances: nodes.map(({ name }) => anInstance(name)), pods });
      const { node } = chooseNode(surroundingsOf({ key: KEY, state: aPoolState(), policy: aPolicy(), now: NOW }, seen));
      if (node === null) return true;
      const chosen = nodes.findIndex(({ name }) => name === node.name);
      const rooms = loads.map((load) => CPU - load.reduce((sum, cpu) => sum + cpu, 0)).filter((_, i) => i !== chosen);
      return fitsSomehow(loads[chosen] ?? [], rooms);
    }),
    { numRuns: 500 },
  );
});
