import type { V1Node, V1Taint } from '@kubernetes/client-node';
import { planMark, planUnmark } from '../../../webhook/adapters/kubernetes/node-mark';

const OPERATION = 'op1';
const drain = (value: string, effect = 'NoSchedule'): V1Taint => ({ key: 'smartscale/draining', value, effect });
const spot: V1Taint = { key: 'spot', effect: 'PreferNoSchedule' };
const ours = { 'smartscale/operation': OPERATION, 'smartscale/was-unschedulable': 'false' };

function node(
  annotations: Record<string, string> = {},
  spec: { taints?: V1Taint[]; unschedulable?: boolean } = {},
): V1Node {
  return { metadata: { name: 'n', uid: 'u', resourceVersion: '7', annotations }, spec };
}

const wholeMark = (taints: V1Taint[]) => ({
  kind: 'write',
  patch: {
    metadata: { resourceVersion: '7', annotations: ours },
    spec: { taints: [...taints, drain(OPERATION)], unschedulable: true },
  },
});

describe('marking a node', () => {
  it('cordons, taints and annotates in one write that keeps other taints', () => {
    expect(planMark(node({ other: 'x' }, { taints: [spot] }), OPERATION)).toEqual(wholeMark([spot]));
  });

  it('writes nothing when the mark is whole', () => {
    const marked = node(ours, { taints: [spot, drain(OPERATION)], unschedulable: true });
    expect(planMark(marked, OPERATION)).toEqual({ kind: 'complete' });
  });

  it.each([
    ['the cordon', node(ours, { taints: [drain(OPERATION)] })],
    ['the taint', node(ours, { unschedulable: true })],
    ['the effect', node(ours, { taints: [drain(OPERATION, 'NoExecute')], unschedulable: true })],
    ['the annotation', node({}, { taints: [drain(OPERATION)] })],
    [
      'the second annotation',
      node({ 'smartscale/operation': OPERATION }, { taints: [drain(OPERATION)], unschedulable: true }),
    ],
  ])('completes a mark that lost %s', (_what, half) => {
    expect(planMark(half, OPERATION)).toEqual(wholeMark([]));
  });

  it.each([
    ['a person cordoned', node({}, { unschedulable: true })],
    ['a person cordoned and somebody tainted for us', node({}, { unschedulable: true, taints: [drain(OPERATION)] })],
    ['another operation annotated', node({ 'smartscale/operation': 'op2' })],
    ['another operation tainted', node({}, { taints: [drain('op2')] })],
    ['another operation tainted beside our annotation', node(ours, { taints: [drain('op2')] })],
  ])('leaves alone a node that %s', (_who, taken) => {
    expect(planMark(taken, OPERATION)).toEqual({ kind: 'taken' });
  });
});

describe('undoing a mark', () => {
  it('takes away what marking put there, and nothing else', () => {
    const marked = node({ ...ours, other: 'x' }, { taints: [spot, drain(OPERATION)], unschedulable: true });
    expect(planUnmark(marked, OPERATION)).toEqual({
      metadata: {
        resourceVersion: '7',
        annotations: { 'smartscale/operation': null, 'smartscale/was-unschedulable': null },
      },
      spec: { taints: [spot], unschedulable: null },
    });
  });

  it('removes the list of taints when ours was the only one', () => {
    expect(planUnmark(node(ours, { taints: [drain(OPERATION)] }), OPERATION)?.spec.taints).toBeNull();
  });

  it.each([
    ['no mark', node()],
    ['a person’s cordon', node({}, { unschedulable: true })],
    ['another operation’s mark', node({ ...ours, 'smartscale/operation': 'op2' }, { taints: [drain('op2')] })],
  ])('writes nothing on a node with %s', (_what, other) => {
    expect(planUnmark(other, OPERATION)).toBeNull();
  });

  it('keeps a cordon that was there before us', () => {
    const marked = node({ ...ours, 'smartscale/was-unschedulable': 'true' }, { unschedulable: true });
    expect(planUnmark(marked, OPERATION)?.spec).not.toHaveProperty('unschedulable');
  });

  it('keeps the cordon when only our taint is left: nothing says that we cordoned', () => {
    expect(planUnmark(node({}, { taints: [drain(OPERATION)], unschedulable: true }), OPERATION)).toEqual({
      metadata: { resourceVersion: '7', annotations: {} },
      spec: { taints: null },
    });
  });

  it('leaves the other operation’s half on a node that carries both', () => {
    const both = node(ours, { taints: [drain(OPERATION), drain('op2', 'NoExecute')], unschedulable: true });
    expect(planUnmark(both, OPERATION)?.spec.taints).toEqual([drain('op2', 'NoExecute')]);
  });
});
