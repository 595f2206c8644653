import type { CompleteObservation, Node, Pod } from '../../webhook/model/observation';
import type { ScaleDown } from '../../webhook/model/operation';
import { advance } from '../../webhook/operation/advance';
import type { Step, View } from '../../webhook/operation/step';
import {
  MINUTE,
  NOW,
  SECOND,
  aDrain,
  aMarkedNode,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  aView,
  workers,
} from '../support/builders';

/** Three workers, of which i-3 carries the mark of operation `down`. */
function marked(node: Partial<Node> = {}, overrides: Partial<CompleteObservation> = {}): CompleteObservation {
  const base = workers(3);
  return { ...base, nodes: [...base.nodes.slice(0, 2), aMarkedNode('i-3', 'down', node)], ...overrides };
}

const onNode = (name: string, overrides: Partial<Pod> = {}) => aPod(name, { node: 'i-3', ...overrides });

function look(operation: ScaleDown, seen: View['observation'] = marked(), overrides: Partial<View> = {}): Step {
  return advance(operation, aView({ observation: seen, state: aPoolState([operation]), ...overrides }));
}

function drain(phase: 'draining', overrides: Partial<ScaleDown> = {}): ScaleDown {
  return aDrain('down', 'i-3', { phase, deadline: NOW + 10 * MINUTE, ...overrides });
}

describe('the look after the mark', () => {
  const apart = [{ topologyKey: 'zone', namespaces: ['default'], selector: [] }];

  it.each<[string, Partial<Pod>]>([
    ['all the room that is left', { requests: { cpu: 1.9, memory: 1, pods: 1 } }],
    ['a port of its node', { hostPorts: [{ protocol: 'TCP', port: 80, ip: '' }] }],
    ['a node without its like', { apart }],
  ])('finds one place for a pod that needs %s, for it moves once', (_name, needs) => {
    const nodes = [aNode('i-1', { labels: { zone: 'a' } }), aMarkedNode('i-3', 'down', { labels: { zone: 'b' } })];
    const operation = aDrain('down', 'i-3', { phase: 'cordoned' });
    const seen = marked({}, { nodes, pods: [onNode('only', needs)] });
    expect(look(operation, seen, { policy: aPolicy({ min: 1 }) }).next.phase).toBe('draining');
  });
});

test('a drain does not begin when the pool has fallen to its minimum meanwhile', () => {
  const nodes = [aNode('i-1'), aNode('i-2', { ready: false }), aMarkedNode('i-3', 'down')];
  const operation = aDrain('down', 'i-3', { phase: 'cordoned' });
  const { next, act } = look(operation, marked({}, { nodes, pods: [onNode('a')] }));
  expect(act).toBeNull();
  expect(next).toMatchObject({ phase: 'rolling-back', reason: 'at-min' });
  expect(next.detail).toBe('only 1 other nodes are left in service, min is 2');
});

describe('what a drain says that it waits for', () => {
  const ending = (name: string, ago: number) => onNode(name, { terminating: true, deletionAt: NOW - ago });

  it('is nothing that is over: at the deadline nobody is blamed who has left', () => {
    const overdue = look(drain('draining'), marked({}, { pods: [ending('slow', 31 * SECOND)] })).next as ScaleDown;
    expect(overdue).toMatchObject({ reason: 'pod-does-not-end' });
    const gone = marked({}, { pods: [ending('other', 0)] });
    expect(look(overdue, gone).next).not.toHaveProperty('reason');
    const kept = drain('draining', { reason: 'blocked-by-disruption-budget', detail: 'default/kept: no' });
    expect(look(kept, gone).next).not.toHaveProperty('detail');
  });
});

describe('draining in a pool that forces', () => {
  const policy = aPolicy({ drain: { ...aPolicy().drain, force: true } });
  const seen = marked({}, { pods: [onNode('a')] });
  const at = (deadline: number, overrides: Partial<ScaleDown> = {}) =>
    look(drain('draining', { deadline, ...overrides }), seen, { policy });

  it('deletes at the deadline what its budget still keeps', () => {
    expect(at(NOW + 31 * SECOND).act).toMatchObject({ do: 'evict', pods: [{ name: 'a' }] });
    expect(at(NOW + 30 * SECOND).act).toMatchObject({
      do: 'evict',
      pods: [],
      force: [{ name: 'a', graceSeconds: 30 }],
    });
  });

  it('gives what it deleted half a minute more, then puts the node back into service', () => {
    expect(at(NOW - 30 * SECOND + 1).next.phase).toBe('draining');
    expect(at(NOW - 30 * SECOND).next).toMatchObject({ phase: 'rolling-back', reason: 'deadline' });
  });

  it('deletes nothing after a minute without an answer of the API server: it would be blind', () => {
    expect(at(NOW + SECOND, { failingSince: NOW - MINUTE + 1 }).act).toMatchObject({ force: [{ name: 'a' }] });
    expect(at(NOW + SECOND, { failingSince: NOW - MINUTE }).act).toMatchObject({ pods: [{ name: 'a' }] });
    expect(at(NOW + SECOND, { failingSince: NOW - MINUTE }).act).not.toHaveProperty('force');
  });
});

describe('an empty node', () => {
  const operation = drain('draining');
  const DELAY = 'delay-deletion.cluster-autoscaler.kubernetes.io/backup';
  const hooked = marked({ annotations: { [DELAY]: '' } });

  it('ends at once when nothing is attached, and when nobody may look', () => {
    expect(look(operation, marked(), { attachments: [] }).next.phase).toBe('terminating');
    expect(look(operation, marked()).next.phase).toBe('terminating');
  });

  it('waits for its volumes for five minutes, and names them', () => {
    const attachments = ['pv-1', 'pv-2'];
    const held = look(operation, marked(), { attachments }).next as ScaleDown;
    expect(held).toMatchObject({ phase: 'draining', emptiedAt: NOW, reason: 'volumes-attached', detail: 'pv-1, pv-2' });
    const later = (ms: number) => look(held, marked({}, { at: NOW + ms }), { attachments, now: NOW + ms }).next;
    expect(later(5 * MINUTE - 1)).toEqual(held);
    expect(later(5 * MINUTE)).toMatchObject({ phase: 'terminating' });
    expect(later(5 * MINUTE)).not.toHaveProperty('reason');
    expect(look(held, marked(), { attachments: [] }).next.phase).toBe('terminating');
  });

  it('waits also while nobody knows, as long', () => {
    expect(look(operation, marked(), { attachments: null }).next).toMatchObject({ reason: 'volumes-attached' });
  });

  it('waits for hooks for two minutes, and names one', () => {
    const held = look(operation, hooked).next as ScaleDown;
    expect(held).toMatchObject({ phase: 'draining', reason: 'deletion-delayed', detail: DELAY });
    expect(look(held, hooked, { now: NOW + 2 * MINUTE - 1 }).next).toEqual(held);
    expect(look(held, hooked, { now: NOW + 2 * MINUTE }).next.phase).toBe('terminating');
    expect(look(held, marked()).next.phase).toBe('terminating');
  });

  it('waits never beyond the deadline, and ends then: its pods are gone', () => {
    const late = drain('draining', { deadline: NOW + SECOND });
    const held = look(late, hooked, { attachments: ['pv-1'] }).next as ScaleDown;
    expect(held.phase).toBe('draining');
    expect(look(held, hooked, { attachments: ['pv-1'], now: NOW + SECOND }).next.phase).toBe('terminating');
  });

  it('is not empty any more when a pod comes', () => {
    const held = look(operation, hooked).next as ScaleDown;
    const step = look(held, { ...hooked, pods: [onNode('a')] });
    expect(step.act).toMatchObject({ do: 'evict', pods: [{ name: 'a' }] });
    expect(step.next).not.toHaveProperty('emptiedAt');
  });
});
