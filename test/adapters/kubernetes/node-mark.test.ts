import type { V1Node, V1Taint } from '@kubernetes/client-node';
import { planMark, planUnmark } from '../../../webhook/adapters/kubernetes/node-mark';

const OPERATION = 'op1';
const drain = (value: string, effect = 'NoSchedule'): V1Taint => ({ key: 'smartscale/draining', value, effect });
const spot: V1Taint = { key: 'spot', effect: 'PreferNoSchedule' };
const ours = { 'smartscale/operation': OPERATION, 'smartscale/was-unschedulable': 'false' };

function node(
  annotations: Record<string, string> = {},
  spec: { taints?: V1Taint[]; unschedulable?: boolean } = {},
  labels: Record<string, string> = {},
): V1Node {
  return { metadata: { name: 'n', uid: 'u', resourceVersion: '7', annotations, labels }, spec };
}

const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';
const excluded = { [EXCLUDE]: 'smartscale' };

const wholeMark = (taints: V1Taint[], more: Record<string, string> = {}) => ({
  kind: 'write',
  patch: {
    metadata: { resourceVersion: '7', labels: excluded, annotations: { ...ours, ...more } },
    spec: { taints: [...taints, drain(OPERATION)], unschedulable: true },
  },
});

describe('marking a node', () => {
  it('cordons, taints and annotates in one write that keeps other taints', () => {
    expect(planMark(node({ other: 'x' }, { taints: [spot] }), OPERATION)).toEqual(wholeMark([spot]));
  });

  it('writes nothing when the mark is whole', () => {
    const marked = node(ours, { taints: [spot, drain(OPERATION)], unschedulable: true }, excluded);
    expect(planMark(marked, OPERATION)).toEqual({ kind: 'complete' });
  });

  it('takes the node out of load balancers, and remembers what somebody else had said about that', () => {
    const before = node({}, {}, { [EXCLUDE]: '' });
    expect(planMark(before, OPERATION)).toEqual(wholeMark([], { 'smartscale/was-excluded': '' }));
  });

  it('does not take its own label for somebody else’s', () => {
    const half = node({ ...ours, 'smartscale/was-excluded': 'yes' }, { taints: [drain(OPERATION)] }, excluded);
    expect(planMark(half, OPERATION)).toEqual(wholeMark([]));
  });

  it.each([
    ['the cordon', node(ours, { taints: [drain(OPERATION)] }, excluded)],
    ['the taint', node(ours, { unschedulable: true }, excluded)],
    ['the effect', node(ours, { taints: [drain(OPERATION, 'NoExecute')], unschedulable: true }, excluded)],
    ['the annotation', node({}, { taints: [drain(OPERATION)] }, excluded)],
    [
      'the second annotation',
      node({ 'smartscale/operation': OPERATION }, { taints: [drain(OPERATION)], unschedulable: true }, excluded),
    ],
    ['the label', node(ours, { taints: [drain(OPERATION)], unschedulable: true })],
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
    const spec = { taints: [spot, drain(OPERATION)], unschedulable: true };
    expect(planUnmark(node({ ...ours, other: 'x' }, spec, { ...excluded, other: 'y' }), OPERATION)).toEqual({
      metadata: {
        resourceVersion: '7',
        labels: { [EXCLUDE]: null },
        annotations: {
          'smartscale/operation': null,
          'smartscale/was-unschedulable': null,
          'smartscale/was-excluded': null,
        },
      },
      spec: { taints: [spot], unschedulable: null },
    });
  });

  it.each([
    ['the label as it was', 'smartscale', { [EXCLUDE]: 'by-ann' }],
    ['a label that somebody has changed since', 'by-bob', undefined],
  ])('gives back, or leaves, %s', (_what, now, labels) => {
    const marked = node({ ...ours, 'smartscale/was-excluded': 'by-ann' }, {}, { [EXCLUDE]: now });
    expect(planUnmark(marked, OPERATION)?.metadata.labels).toEqual(labels);
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
