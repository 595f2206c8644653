/** What the adapter sends, held to what a real API server took (v1.34, policy/v1) and to the schemas of Kubernetes. */
import { DeleteOptions } from '@kubernetes-models/apimachinery/apis/meta/v1/DeleteOptions';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Eviction } from 'kubernetes-models/policy/v1/Eviction';
import { Node } from 'kubernetes-models/v1/Node';
import type { Json } from '../../../simulator/kubernetes/api/json';
import { mergePatch } from '../../../simulator/kubernetes/api/merge-patch';
import { verbOf, parseTarget } from '../../../simulator/kubernetes/api/target';
import type { NodeRef, PodRef } from '../../../webhook/ports';
import { startSimulatedKubernetes, type SimulatedKubernetes } from '../../contracts/kubernetes-simulator-harness';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: Json;
}

const FOLDER = join(__dirname, '../../fixtures/kubernetes');
/** Served from before 1.28 until today, and not deprecated. */
const STABLE = /^\/(api\/v1|apis\/policy\/v1|apis\/storage\.k8s\.io\/v1)\//;
/** Maps whose keys anybody may choose. */
const FREE_KEYS = /^(metadata\.(annotations|labels))\..+$/;

interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Json;
  };
  readonly response: { readonly status: number; readonly body: Json };
}

const EXCHANGES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Exchange);
const TAKEN = EXCHANGES.filter(({ response }) => response.status < 300);

/** Dotted paths of all fields: of a list those of its items. */
function pathsOf(value: Json | undefined, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsOf(each, path));
  if (typeof value !== 'object' || value === null) return [path.replace(FREE_KEYS, '$1')];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, path === '' ? name : `${path}.${name}`));
}

/** `patch nodes`, `create pods/eviction`. */
function callOf(method: string, path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://recorded');
  const target = parseTarget(pathname);
  const verb = target && verbOf(method, target, searchParams);
  return `${verb} ${target?.resource}${target?.subresource === undefined ? '' : `/${target.subresource}`}`;
}

/** What requests of that kind had in them that a real server took; of a patch also what its objects have. */
function takenPaths(call: string): ReadonlySet<string> {
  const alike = TAKEN.filter(({ request }) => callOf(request.method, request.path) === call);
  const objects = call.startsWith('patch ') ? alike.map(({ response }) => response.body) : [];
  return new Set(
    [...alike.map(({ request }) => request.body), ...objects].flatMap((body) => pathsOf(body ?? undefined)),
  );
}

const takenTypes = (call: string) =>
  TAKEN.filter(({ request }) => callOf(request.method, request.path) === call).map(
    ({ request }) => request.headers['Content-Type'],
  );

let kubernetes: SimulatedKubernetes;
let node: NodeRef;
let pod: PodRef;

beforeEach(async () => {
  kubernetes = await startSimulatedKubernetes();
  const startup = { key: 'smartscale/startup', effect: 'NoExecute' } as const;
  node = await kubernetes.addNode({ name: 'i-0a1b', pool: 'workers', taints: [startup] });
  pod = await kubernetes.addPod({ namespace: 'default', name: 'shop-1', node: node.name });
});
afterEach(() => kubernetes.stop());

/** All that is written by everything that writes, in order. */
async function allSent(): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  kubernetes.api.before = ({ method, url, headers, body }) => {
    expect(url).toMatch(STABLE);
    if (method === 'GET') return;
    sent.push({ method, path: url, type: headers['content-type'] ?? '', body: JSON.parse(body) as Json });
  };
  const { port } = kubernetes;
  await Promise.all([port.listNodes(), port.listPods(), port.listClaims(), port.listAttachments()]);
  expect(await port.admitNode(node)).toBe('admitted');
  expect(await port.markNode(node, 'op1')).toBe('marked');
  expect(await port.unmarkNode(node, 'op1')).toBe('unmarked');
  expect(await port.evict(pod)).toEqual({ kind: 'accepted' });
  expect(await port.deletePod({ ...pod, graceSeconds: 1 })).toBe('deleted');
  expect(await port.deleteNode(node)).toBe('deleted');
  kubernetes.api.before = null;
  return sent;
}

it('goes to groups and versions that every API server from 1.28 on serves, and covers all that is written', async () => {
  const calls = (await allSent()).map(({ method, path }) => callOf(method, path));
  expect(calls).toEqual([
    'patch nodes',
    'patch nodes',
    'patch nodes',
    'create pods/eviction',
    'delete pods',
    'delete nodes',
  ]);
});

it('has no field and no content type that a real API server was not seen to take', async () => {
  for (const { method, path, type, body } of await allSent()) {
    const call = callOf(method, path);
    const taken = [...takenPaths(call)];
    // Null takes the whole field away.
    const isTaken = (path: string) => taken.some((it) => it === path || it.startsWith(`${path}.`));
    expect({ call, unknown: pathsOf(body).filter((it) => !isTaken(it)) }).toEqual({ call, unknown: [] });
    expect(takenTypes(call)).toContain(type);
  }
});

it('is an eviction of policy/v1, the deprecated one of which is taken silently', async () => {
  const { body } = (await allSent()).find(({ path }) => path.endsWith('/eviction')) as Sent & { body: object };
  expect(body).toMatchObject({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    deleteOptions: { preconditions: { uid: pod.uid } },
  });
  expect(() => new Eviction(body as ConstructorParameters<typeof Eviction>[0]).validate()).not.toThrow();
});

it('names the uid when it deletes a node', async () => {
  const { body } = (await allSent()).find(
    ({ method, path }) => method === 'DELETE' && path.includes('/nodes/'),
  ) as Sent & { body: object };
  expect(body).toEqual({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: node.uid } });
  expect(() => new DeleteOptions(body as ConstructorParameters<typeof DeleteOptions>[0]).validate()).not.toThrow();
});

it('makes a valid node of a recorded one with every patch', async () => {
  const recordedNode = TAKEN.find(({ request }) => request.path === '/api/v1/nodes/node-a' && request.method === 'GET');
  const patches = (await allSent()).filter(({ method }) => method === 'PATCH');
  expect(recordedNode).toBeDefined();
  for (const { body } of patches) {
    const patched = mergePatch(recordedNode?.response.body, body);
    expect(() => new Node(patched as ConstructorParameters<typeof Node>[0]).validate()).not.toThrow();
  }
});
