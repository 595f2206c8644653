/** The ClusterRole and the code: what is used is allowed, and what is allowed is used. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rightOf } from '../../simulator/kubernetes/api/access';
import { boundAccount } from '../../simulator/kubernetes/api/cluster-role';
import { parseTarget, verbOf } from '../../simulator/kubernetes/api/target';
import { SHIPPED } from '../../simulator/monitoring/shipped-files';
import { makeKubernetesEvents } from '../../webhook/adapters/kubernetes/kubernetes-events';
import { makeLogger } from '../../webhook/telemetry/logger';
import type { KubernetesPort, NodeRef, PodRef } from '../../webhook/ports';
import { startSimulatedKubernetes, type SimulatedKubernetes } from '../contracts/kubernetes-simulator-harness';

let kubernetes: SimulatedKubernetes;
let node: NodeRef;
let pod: PodRef;

beforeEach(async () => {
  kubernetes = await startSimulatedKubernetes();
  node = await kubernetes.addNode({
    name: 'i-0a1b',
    pool: 'workers',
    taints: [{ key: 'smartscale/startup', effect: 'NoExecute' }],
  });
  pod = await kubernetes.addPod({ namespace: 'default', name: 'shop-1', node: node.name });
});
afterEach(() => kubernetes.stop());

/** Every method in a way that makes it do all that it can: one that is missing here does not compile. */
const CALLS: Readonly<Record<keyof KubernetesPort, (port: KubernetesPort) => Promise<unknown>>> = {
  listNodes: (port) => port.listNodes(),
  listPods: (port) => port.listPods(),
  listClaims: (port) => port.listClaims(),
  listBudgets: (port) => port.listBudgets(),
  listAttachments: (port) => port.listAttachments(),
  admitNode: (port) => port.admitNode(node),
  markNode: (port) => port.markNode(node, 'op1'),
  unmarkNode: (port) => port.unmarkNode(node, 'op1'),
  evict: (port) => port.evict(pod),
  deletePod: (port) => port.deletePod({ ...pod, graceSeconds: 1 }),
  deleteNode: (port) => port.deleteNode(node),
};

/** The same again is counted on the first one. */
async function tellTwice(): Promise<void> {
  const events = makeKubernetesEvents(kubernetes.endpoint, makeLogger({ level: 'silent' }));
  const event = { type: 'Normal', reason: 'ScaleDown', message: 'draining' } as const;
  for (let i = 0; i < 2; i += 1) events.tell({ about: { kind: 'Node', ...node }, ...event });
  await events.written();
}

/** The rights that the calls asked for, and what they were answered. */
async function play(): Promise<readonly { readonly right: string; readonly status: number | null }[]> {
  const before = kubernetes.api.gate.calls.length;
  for (const call of Object.values(CALLS)) await call(kubernetes.port);
  await tellTwice();
  const asked = kubernetes.api.gate.calls.slice(before);
  return asked.map(({ method, url, status }) => ({ right: rightFor(method, url), status }));
}

function rightFor(method: string, url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://simulator');
  const target = parseTarget(pathname);
  const verb = target && verbOf(method, target, searchParams);
  if (!target || !verb) throw new Error(`${method} ${url} is no call of a resource`);
  const { group, resource, subresource } = target;
  return rightOf(verb, { group, resource: subresource === undefined ? resource : `${resource}/${subresource}` });
}

it('allows what the service does', async () => {
  const asked = await play();
  expect(asked.filter(({ status }) => status === null || status >= 400)).toEqual([]);
});

it('allows nothing that the service does not do', async () => {
  const used = new Set((await play()).map(({ right }) => right));
  expect([...boundAccount(SHIPPED.clusterRole).rights].sort()).toEqual([...used].sort());
});

describe('manifests', () => {
  const whole = readFileSync(SHIPPED.clusterRole, 'utf8');
  const changed = (from: string, to: string) => {
    expect(whole).toContain(from);
    const folder = mkdtempSync(join(tmpdir(), 'cluster-role-'));
    try {
      const file = join(folder, 'role.yaml');
      writeFileSync(file, whole.replace(from, to));
      return boundAccount(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('are of the account that the host asks a token for', () => {
    expect(boundAccount(SHIPPED.clusterRole).user).toBe('system:serviceaccount:smartscale:smartscale');
  });

  it('that bind nobody give no rights', () => {
    expect(
      changed('kind: ClusterRole\n  name: smartscale\nsubjects', 'kind: ClusterRole\n  name: other\nsubjects').rights,
    ).toEqual([]);
    expect(
      changed('kind: ServiceAccount\n    name: smartscale', 'kind: ServiceAccount\n    name: other').rights,
    ).toEqual([]);
  });

  it('with a wildcard or an unknown field are refused', () => {
    expect(() => changed('verbs: [list]', "verbs: ['*']")).toThrow('not understood');
    expect(() => changed('verbs: [list]', 'verbs: [list]\n    resourceNames: [one]')).toThrow('not understood');
  });
});
