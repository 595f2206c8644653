import fc from 'fast-check';
import { readScalingAlert, readWish } from '../../webhook/alertmanager/scaling-alert';
import { rawAlert, withLabels } from './posted';

test.each([
  ['replace', 'rebalance', true],
  ['replace', 'interruption', false],
  ['replace', undefined, false],
  ['up', 'rebalance', false],
])('an alert with scale %s and kind %s is a recommendation: %s', (scale, kind, expected) => {
  const { labels } = rawAlert();
  const told = rawAlert({ labels: { ...labels, scale, ...(kind === undefined ? {} : { kind }) } });
  expect(readScalingAlert(told, null)).toMatchObject({ recommended: expected });
});

test('labels and annotations are read by the contract', () => {
  const annotations = { nodes: '7', urgent: 'true', pods: 'unschedulable', summary: 'Pods find no node' };
  expect(readScalingAlert(rawAlert({ annotations }), null)).toEqual({
    fingerprint: 'f00d',
    name: 'HighCpu',
    cluster: 'c1',
    pool: 'workers',
    scale: 'up',
    node: null,
    recommended: false,
    shadow: false,
    wish: { kind: 'total', nodes: 7 },
    urgent: true,
    forPods: true,
    summary: 'Pods find no node',
    startsAt: 1_000,
  });
});

test.each(['up', 'down', 'replace'])('scale %s is a scaling alert', (scale) => {
  expect(readScalingAlert(withLabels({ scale }), null)?.scale).toBe(scale);
});

test.each([undefined, '', 'UP', 'sideways', 'up '])('scale %p is none', (scale) => {
  expect(readScalingAlert(withLabels({ scale }), null)).toBeNull();
});

test('the node that is to be replaced is named by its label', () => {
  expect(readScalingAlert(withLabels({ scale: 'replace', node: 'ip-10-0-0-7' }), null)?.node).toBe('ip-10-0-0-7');
});

test('an alert without cluster is of the only one', () => {
  expect(readScalingAlert(withLabels({ cluster: undefined }), 'c1')?.cluster).toBe('c1');
});

test('an alert without cluster is of none where several are configured', () => {
  expect(readScalingAlert(withLabels({ cluster: undefined }), null)?.cluster).toBe('');
});

test('an alert of another cluster is not taken for one of the only cluster', () => {
  expect(readScalingAlert(withLabels({ cluster: 'c2' }), 'c1')?.cluster).toBe('c2');
});

test('an alert without pool is of none', () => {
  expect(readScalingAlert(withLabels({ pool: undefined }), 'c1')?.pool).toBe('');
});

test.each([
  ['shadow', true],
  ['Shadow', false],
  [undefined, false],
])('mode %p: shadow %p', (mode, shadow) => {
  expect(readScalingAlert(withLabels({ mode }), null)?.shadow).toBe(shadow);
});

test.each(['True', '1', 'yes', ''])('urgent %p is not urgent', (urgent) => {
  expect(readScalingAlert(rawAlert({ annotations: { urgent } }), null)?.urgent).toBe(false);
});

test('pods with another word are not asked for', () => {
  expect(readScalingAlert(rawAlert({ annotations: { pods: 'pending' } }), null)?.forPods).toBe(false);
});

test('a long summary is cut', () => {
  const alert = readScalingAlert(rawAlert({ annotations: { summary: 'x'.repeat(10_000) } }), null);
  expect(alert?.summary).toHaveLength(200);
});

test('texts that people will see are one line, without control characters', () => {
  const hostile = 'a\r\n{"level":"error"}\u001b[2J\u009b\u202e\ud800';
  const labels = { alertname: hostile, scale: 'up', pool: 'workers', node: hostile };
  const alert = readScalingAlert(rawAlert({ labels, annotations: { summary: hostile, nodes: hostile } }), 'c1');
  const shown = 'a\ufffd\ufffd{"level":"error"}\ufffd[2J\ufffd\ufffd\ufffd';
  expect(alert).toMatchObject({ name: shown, node: shown, summary: shown, wish: { kind: 'invalid', text: shown } });
});

describe('nodes', () => {
  test('absent is the step', () => {
    expect(readWish(undefined)).toEqual({ kind: 'step' });
  });

  test.each([
    ['0', 0],
    ['-0', 0],
    ['3', 3],
    ['+3', 3],
    ['3.0', 3],
    ['3.2', 4],
    ['0.5', 1],
    ['3.0000000000000004', 3],
    ['2.9999999999999996', 3],
    ['1e+01', 10],
    ['9999.5', 10_000],
    ['10000', 10_000],
  ])('%p is %p nodes in all', (text, nodes) => {
    const wish = readWish(text);
    expect(wish).toEqual({ kind: 'total', nodes });
    expect(wish.kind === 'total' && Object.is(wish.nodes, -0)).toBe(false);
  });

  test.each(
    ['', ' ', ' 3', '3 ', 'NaN', '+Inf', '-Inf', 'Infinity', '-1', '-0.5', '10000.1', '1e9', '1e+09', '1e400'].concat([
      '0x10',
      '0b1',
      '1_000',
      '1,5',
      '3 nodes',
      '<no value>',
      '٣',
      'null',
      '[object Object]',
    ]),
  )('%p is invalid', (text) => {
    expect(readWish(text)).toEqual({ kind: 'invalid', text });
  });

  test('no text at all becomes the step, a fraction, a negative or an absurd number', () => {
    const texts = fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String));
    fc.assert(
      fc.property(texts, (text) => {
        const wish = readWish(text);
        if (wish.kind === 'invalid') return true;
        return wish.kind === 'total' && Number.isInteger(wish.nodes) && wish.nodes >= 0 && wish.nodes <= 10_000;
      }),
    );
  });

  test('an invalid text is kept short', () => {
    expect(readWish('x'.repeat(5_000))).toEqual({ kind: 'invalid', text: `${'x'.repeat(199)}…` });
  });
});
