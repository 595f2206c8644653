import { ConfigurationError, parseConfiguration } from '../../stacks/configuration';
import { LEAST, WORKERS } from './support/synthesised';

function mistakes(pool: object): readonly string[] {
  try {
    parseConfiguration({ context: { smartscale: { ...LEAST, pools: { workers: { ...WORKERS, ...pool } } } } }, 'test');
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.mistakes.map((it) => it.replace('context.smartscale.pools.workers.', ''));
    throw error;
  }
  return [];
}

const KEY =
  'must be a name of at most 63 letters, digits and - _ . inside, with or without a domain and a slash before it';
const VALUE = 'must be at most 63 letters, digits and - _ . inside';
const OURS = 'must be another key: smartscale/ is for SmartScale itself';
const MACHINE = 'must be another key: each machine says this one itself';
const KUBELET = (prefix: string) =>
  `must be another key: a kubelet may not give its node labels of ${prefix}/, only of kubelet.kubernetes.io/ and node.kubernetes.io/`;
const KUBERNETES = (prefix: string) => `must be another key: taints of ${prefix}/ are for Kubernetes itself`;

test.each([
  'team',
  'example.com/tier',
  'a'.repeat(63),
  'node.kubernetes.io/pool',
  'x.node.kubernetes.io/pool',
  'kubelet.kubernetes.io/x',
  'node.kubernetes.io/exclude-from-external-load-balancers',
  'svccontroller.k3s.cattle.io/enablelb',
  'my-smartscale/pool',
  'notkubernetes.io/x',
])('a node may have the label %s', (key) => {
  expect(mistakes({ labels: { [key]: 'Some-value_1.0' } })).toEqual([]);
  expect(mistakes({ labels: { [key]: '' } })).toEqual([]);
});

test.each([
  ['', KEY],
  ['-team', KEY],
  ['team!', KEY],
  ["it's", KEY],
  ['a,b', KEY],
  ['a'.repeat(64), KEY],
  ['Example.com/tier', KEY],
  ['example.com/', KEY],
  ['/tier', KEY],
  ['a/b/c', KEY],
])('%p is no key of a label or taint', (key, message) => {
  const told = `${message}, not ${JSON.stringify(key)}`;
  expect(mistakes({ labels: { [key]: 'x' } })).toEqual([`labels.${key}: ${told}`]);
  if (key !== '') expect(mistakes({ taints: [{ key, effect: 'NoExecute' }] })).toEqual([`taints.0.key: ${told}`]);
});

test.each([
  ['smartscale/pool', OURS],
  ['smartscale/anything', OURS],
  ['kubernetes.io/arch', MACHINE],
  ['kubernetes.io/hostname', MACHINE],
  ['beta.kubernetes.io/os', MACHINE],
  ['topology.kubernetes.io/zone', MACHINE],
  ['failure-domain.beta.kubernetes.io/region', MACHINE],
  ['node.kubernetes.io/instance-type', MACHINE],
  ['node-role.kubernetes.io/worker', KUBELET('node-role.kubernetes.io')],
  ['node-restriction.kubernetes.io/zone', KUBELET('node-restriction.kubernetes.io')],
  ['kubernetes.io/role', KUBELET('kubernetes.io')],
  ['k8s.io/x', KUBELET('k8s.io')],
  ['x.k8s.io/y', KUBELET('x.k8s.io')],
])('the label %s is left to others', (key, message) => {
  expect(mistakes({ labels: { [key]: 'x' } })).toEqual([`labels.${key}: ${message}`]);
});

test.each([
  ['smartscale/startup', OURS],
  ['node.kubernetes.io/not-ready', KUBERNETES('node.kubernetes.io')],
  ['node-role.kubernetes.io/control-plane', KUBERNETES('node-role.kubernetes.io')],
])('the taint %s is left to others', (key, message) => {
  expect(mistakes({ taints: [{ key, effect: 'NoSchedule' }] })).toEqual([`taints.0.key: ${message}`]);
});

test.each(['with space', '-x', 'x-', 'a'.repeat(64), 'a,b', "a'b", '$x'])('%p is the value of nothing', (value) => {
  const told = `${VALUE}, not ${JSON.stringify(value)}`;
  expect(mistakes({ labels: { team: value } })).toEqual([`labels.team: ${told}`]);
  expect(mistakes({ taints: [{ key: 'team', value, effect: 'NoSchedule' }] })).toEqual([`taints.0.value: ${told}`]);
});

test('a taint of no effect, without one, and the same one twice are told all at once', () => {
  const team = { key: 'team', effect: 'NoSchedule' };
  expect(mistakes({ taints: [{ ...team, effect: 'noschedule' }, { key: 'x' }] })).toEqual([
    expect.stringMatching(/^taints\.0\.effect: must be one of NoSchedule, PreferNoSchedule, NoExecute/),
    expect.stringMatching(/^taints\.1\.effect: must be one of NoSchedule, PreferNoSchedule, NoExecute/),
  ]);
  expect(mistakes({ taints: [team, { ...team, value: 'x' }, { ...team, effect: 'NoExecute' }] })).toEqual([
    'taints.1.key: must not be there twice with NoSchedule, not "team"',
  ]);
  expect(mistakes({ labels: { replicas: 3 } })).toEqual([
    expect.stringMatching(/^labels\.replicas: must be text, in quotes if it looks like a number/),
  ]);
});
