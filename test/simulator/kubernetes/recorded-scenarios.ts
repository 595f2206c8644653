/** The recorded exchanges in the order and the state in which they were recorded. */
import type { AccessSettings } from '../../../simulator/kubernetes/api/access';
import type { Replay } from './replay';

type Step =
  | string
  | {
      readonly name: string;
      /** Dotted paths of the body that cannot be equal, and why. */
      readonly ignore?: readonly string[];
      readonly why?: string;
      readonly rewrite?: (text: string, replay: Replay) => string;
      readonly token?: string;
    }
  | ((replay: Replay) => Promise<unknown> | void);

export interface Scenario {
  readonly title: string;
  /** Everybody may do everything when absent. */
  readonly access?: AccessSettings;
  readonly steps: readonly Step[];
}

const MERGE = 'application/merge-patch+json';
const EVICT = '/api/v1/namespaces/evict/pods';
const BUDGETS = '/apis/policy/v1/namespaces/evict/poddisruptionbudgets';

const tick = (replay: Replay) => replay.cluster.tick();

function node(letter: string) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${letter}`,
      labels: {
        'kubernetes.io/hostname': `node-${letter}`,
        'topology.kubernetes.io/zone': 'ap-southeast-1a',
        'node.kubernetes.io/instance-type': 'm6i.large',
      },
    },
    spec: { providerID: `aws:///ap-southeast-1a/i-0node${letter}` },
  };
}

/** What the recorder patched in place of a kubelet. */
const NODE_STATUS = {
  capacity: { cpu: '2', memory: '2Gi', pods: '110' },
  allocatable: { cpu: '2', memory: '2Gi', pods: '110' },
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      lastHeartbeatTime: '2026-11-22T03:31:38Z',
      lastTransitionTime: '2026-11-22T03:31:38Z',
    },
  ],
};

const addNodes = (letters: string) => async (replay: Replay) => {
  for (const letter of letters) await replay.send('POST', '/api/v1/nodes', node(letter));
  for (const { metadata } of replay.cluster.nodes()) {
    await replay.send('PATCH', `/api/v1/nodes/${metadata.name}/status`, { status: NODE_STATUS }, MERGE);
  }
  replay.cluster.tick();
};

const addNamespace = (name: string) => (replay: Replay) =>
  replay.send('POST', '/api/v1/namespaces', { metadata: { name } });

function pod(name: string, app: string, spec: object = {}) {
  const requests = { cpu: '100m', memory: '64Mi' };
  const containers = [{ name: 'c', image: 'registry.invalid/app:1', resources: { requests } }];
  return {
    metadata: { name, labels: { app } },
    spec: { terminationGracePeriodSeconds: 30, containers, nodeName: 'node-a', ...spec },
  };
}

const READY = { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-11-22T03:33:04Z' };

const setStatus = (path: string, status: object) => (replay: Replay) =>
  replay.send('PATCH', `${path}/status`, { status }, MERGE);

const running = (path: string, ready = true) =>
  setStatus(path, {
    phase: 'Running',
    conditions: [{ ...READY, status: ready ? 'True' : 'False' }],
    startTime: '2026-11-22T03:33:04Z',
  });

const addRunning =
  (app: string, ...names: string[]) =>
  async (replay: Replay) => {
    for (const name of names) {
      await replay.send('POST', EVICT, pod(name, app));
      await running(`${EVICT}/${name}`)(replay);
    }
  };

const addBudget =
  (name: string, spec: object, app = name) =>
  (replay: Replay) =>
    replay.send('POST', BUDGETS, { metadata: { name }, spec: { ...spec, selector: { matchLabels: { app } } } });

const revisionOf = (name: string) => (text: string, replay: Replay) =>
  text.replace('"358"', `"${replay.cluster.node(name)?.metadata.resourceVersion}"`);

const inEvictNamespace: Step[] = [addNodes('ab'), addNamespace('evict')];

const NO_RIGHTS = { token: 'no-rights', user: 'system:serviceaccount:default:no-rights', rights: [] };

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'nodes are created, read and listed',
    steps: [
      'node-create',
      'node-create-already-exists',
      'node-create-unsupported-media-type',
      addNodes('bcd'),
      'node-get',
      'node-get-404',
      'node-get-not-acceptable',
      'node-list-labelselector',
      'node-list-page1',
      { name: 'node-list-page2-continue', rewrite: withRevisionOfPage },
      {
        name: 'node-list-continue-invalid',
        ignore: ['message'],
        why: 'the words of a JSON parser: Go there, JavaScript here',
      },
      'node-watch-future-rv',
      {
        name: 'node-list-exact-rv-expired',
        rewrite: (text) => text.replace('resourceVersion=727', 'resourceVersion=2'),
      },
      {
        name: 'node-list-continue-expired',
        rewrite: (text, replay) => expire(withRevisionOfPage(text, replay), replay),
      },
      {
        name: 'node-list-continue-expired-resumed',
        ignore: ['items.spec.taints', 'items.status'],
        why: 'all nodes were unreachable by then; name, labels and the rest of the page are compared',
      },
    ],
  },
  {
    title: 'nodes are cordoned, tainted, patched and deleted',
    steps: [
      addNodes('abcd'),
      'node-delete-resourceversion-mismatch',
      'node-delete-uid-mismatch',
      'node-patch-merge-cordon',
      tick,
      'node-get-after-cordon',
      'node-patch-no-change',
      {
        name: 'node-patch-merge-taints-resourceversion-current',
        rewrite: revisionOf('node-c'),
      },
      'node-patch-merge-taints-resourceversion-stale',
      'node-patch-strategic-taints-replaces',
      'node-patch-invalid-taint-effect',
      'node-patch-duplicate-taint',
      'node-patch-json-test-ok',
      'node-patch-json-test-fails',
      'node-patch-json-add-to-missing-list',
      'node-patch-object-as-json-patch',
      'node-patch-unsupported-media-type',
      'node-patch-unknown-field-warn',
      'node-patch-merge-404',
      'node-patch-merge-uncordon',
      'node-delete-uid-match',
      'node-delete-404',
    ],
  },
  {
    title: 'pods are created, scheduled or not, listed and deleted',
    steps: [
      addNodes('abc'),
      addNamespace('demo'),
      (replay) => replay.send('POST', '/api/v1/namespaces/demo/pods', pod('web-1', 'web')),
      running('/api/v1/namespaces/demo/pods/web-1'),
      'pod-create',
      running('/api/v1/namespaces/demo/pods/web-2'),
      'pod-create-unschedulable',
      'pod-create-gated',
      (replay) => {
        const { metadata, spec } = pod('sched-1', '');
        const { nodeName: _, ...unbound } = spec;
        return replay.send('POST', '/api/v1/namespaces/demo/pods', {
          metadata: { name: metadata.name },
          spec: unbound,
        });
      },
      tick,
      'pod-unschedulable',
      'pod-gated',
      'pod-bound-by-scheduler-pending',
      'pod-list-by-nodename',
      'pod-list-pending',
      'pod-list-pending-unbound',
      'pod-list-bad-fieldselector',
      'pod-delete-uid-mismatch',
      'pod-delete-graceful',
      'pod-terminating',
      'pod-delete-again-while-terminating',
      'pod-delete-grace0-uid',
      'pod-get-404',
      'pod-delete-404',
    ],
  },
  {
    title: 'pods without a budget are evicted',
    steps: [
      ...inEvictNamespace,
      addRunning('plain', 'plain-1', 'plain-2', 'plain-3', 'done-1'),
      setStatus(`${EVICT}/done-1`, { phase: 'Succeeded' }),
      'eviction-404',
      'eviction-uid-mismatch',
      'eviction-name-mismatch',
      'eviction-dry-run',
      'eviction-dry-run-query',
      'eviction-dry-run-pod-after',
      'eviction-201',
      'eviction-201-pod-after',
      'eviction-already-terminating',
      'eviction-already-terminating-pod-after',
      'eviction-v1beta1-body',
      'eviction-v1beta1-body-pod-after',
      'eviction-grace-seconds',
      'eviction-completed-pod',
    ],
  },
  {
    title: 'a budget is spent',
    steps: [
      ...inEvictNamespace,
      addRunning('web', 'web-1', 'web-2', 'web-3', 'web-4'),
      running(`${EVICT}/web-4`, false),
      'pdb-create',
      'eviction-pdb-unprocessed',
      tick,
      'pdb-list',
      (replay) => replay.send('DELETE', `${EVICT}/web-4`, { gracePeriodSeconds: 0 }),
      tick,
      'eviction-dry-run-with-budget',
      'pdb-get-after-dry-run',
      'eviction-with-budget',
      {
        name: 'pdb-get-right-after-eviction',
        ignore: ['status.currentHealthy'],
        why: 'the controller had counted between the two writes of the eviction; here it counts at the next tick',
      },
      tick,
      'eviction-budget-used-up',
      'pdb-list-used-up',
      'eviction-budget-used-up-settled',
      'eviction-budget-used-up-dry-run',
      'eviction-already-terminating-budget-used-up',
    ],
  },
  {
    title: 'budgets have odd cases',
    steps: [
      ...inEvictNamespace,
      addRunning('two', 'two-1'),
      addBudget('two-a', { minAvailable: 1 }, 'two'),
      addBudget('two-b', { minAvailable: 1 }, 'two'),
      (replay) => replay.send('POST', EVICT, pod('pend-1', 'pend')),
      addBudget('pend', { maxUnavailable: 0 }),
      addRunning('bare', 'bare-1', 'bare-2'),
      addBudget('bare', { maxUnavailable: 1 }),
      addRunning('sick', 'sick-1', 'sick-2'),
      running(`${EVICT}/sick-1`, false),
      addBudget('sick', { minAvailable: 2 }),
      tick,
      'eviction-two-pdbs',
      'eviction-pending-pod-under-pdb',
      'pdb-maxunavailable-unmanaged-pods',
      'eviction-pdb-maxunavailable-unmanaged-pods',
      'eviction-unhealthy-pod-ifhealthybudget',
      (replay) =>
        replay.send('PATCH', `${BUDGETS}/sick`, { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } }, MERGE),
      tick,
      'eviction-unhealthy-pod-alwaysallow',
    ],
  },
  {
    title: 'events are written, and a namespace ends',
    steps: [
      addNodes('a'),
      addNamespace('demo'),
      addNamespace('going'),
      'event-create-node',
      'event-create-already-exists',
      'event-create-node-wrong-namespace',
      'event-patch-count',
      (replay) => replay.send('POST', '/api/v1/namespaces/going/pods', pod('g-1', 'g')),
      running('/api/v1/namespaces/going/pods/g-1'),
      'namespace-delete',
      tick,
      'eviction-namespace-terminating',
      'eviction-namespace-terminating-404-pod',
    ],
  },
  {
    title: 'rights are checked before anything else',
    access: { tokens: [NO_RIGHTS] },
    steps: [
      'rbac-403-no-token-anonymous',
      ...[
        'rbac-403-eviction',
        'rbac-403-missing-node',
        'rbac-403-node-delete',
        'rbac-403-node-list',
        'rbac-403-node-patch',
        'rbac-403-pdb-list',
        'rbac-selfsubjectaccessreview',
      ].map((name) => ({ name, token: 'no-rights' })),
      { name: 'rbac-401-bad-token', token: 'nobody-knows-it' },
    ],
  },
  {
    title: 'anonymous calls can be switched off',
    access: { tokens: [NO_RIGHTS], anonymous: false },
    steps: ['rbac-401-no-token'],
  },
];

/** Recorded, but about what the simulator leaves out. */
export const NOT_REPLAYED: Readonly<Record<string, string>> = {
  'node-watch': 'watch is not simulated: the service lists and polls',
  'node-watch-bad-rv': 'watch',
  'node-watch-compacted-rv': 'watch',
  'node-watch-deleted': 'watch',
  'node-watch-expired': 'watch',
  'node-watch-initial-events': 'watch',
  'node-watch-timeout': 'watch',
};

/** The recorded tokens name a revision of their own server; here the one of the page that was just read. */
function withRevisionOfPage(text: string, { api }: Replay): string {
  const page = api.handle({ method: 'GET', url: '/api/v1/nodes?limit=1', headers: {}, body: '' });
  const revision = (JSON.parse(page?.body ?? '{}') as { metadata: { resourceVersion: string } }).metadata
    .resourceVersion;
  return text.replace(/continue=([\w-]+)/, (_, token: string) => {
    const decoded = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<string, unknown>;
    const ours = JSON.stringify({ ...decoded, rv: Number(revision) });
    return `continue=${Buffer.from(ours).toString('base64url')}`;
  });
}

function expire(text: string, { api }: Replay): string {
  api.expireContinueTokens();
  return text;
}
