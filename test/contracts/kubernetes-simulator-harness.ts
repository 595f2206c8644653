/** A simulated cluster behind HTTP, and the adapter that talks to it with no more rights than our ClusterRole gives. Time passes only when the harness lets it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenGrant } from '../../simulator/kubernetes/api/access';
import { boundAccount } from '../../simulator/kubernetes/api/cluster-role';
import { KubeApi } from '../../simulator/kubernetes/api/kube-api';
import type { ApiRequest, ApiResponse } from '../../simulator/kubernetes/api/api-types';
import { startKubeServer } from '../../simulator/kubernetes/api/http-server';
import { KubeCluster } from '../../simulator/kubernetes/kube-cluster';
import { SHIPPED } from '../../simulator/monitoring/shipped-files';
import { makeKubernetesAdapter } from '../../webhook/adapters/kubernetes/kubernetes-adapter';
import type { KubernetesHarness } from './kubernetes-contract';

type NewPod = Parameters<KubernetesHarness['addPod']>[0];
type NewNode = Parameters<KubernetesHarness['addNode']>[0];

/** Longer than a node needs to become Ready, a pod to run, and a grace period to end. */
const A_WHILE_MS = 35_000;
/** Who sets the scene. */
const ARRANGER: TokenGrant = { token: 'of-the-suite', user: 'admin', rights: 'all' };
const TWO_CORES = { cpu: '2', memory: '4Gi', pods: '110' };

/** Lets somebody act right before a call is looked at. */
export class InterceptedApi extends KubeApi {
  before: ((request: ApiRequest) => void) | null = null;

  override handle(request: ApiRequest): ApiResponse | null {
    this.before?.(request);
    return super.handle(request);
  }
}

export interface SimulatedKubernetes extends KubernetesHarness {
  readonly cluster: KubeCluster;
  readonly api: InterceptedApi;
  readonly endpoint: { readonly server: string; readonly tokenFile: string };
}

export async function startSimulatedKubernetes(): Promise<SimulatedKubernetes> {
  let now = Date.parse('2026-11-22T03:00:00Z');
  const cluster = new KubeCluster({ clock: { now: () => now }, settings: { reregisterMs: null } });
  const account = { token: 'of-the-webhook', ...boundAccount(SHIPPED.clusterRole) };
  const api = new InterceptedApi(cluster, { tokens: [account, ARRANGER] });
  const server = await startKubeServer(api);
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, account.token);
  const settle = () => Promise.resolve(cluster.tick());
  const pass = (ms: number) => {
    now += ms;
    return settle();
  };
  const addNode = async (node: NewNode) => {
    register(cluster, node);
    await (node.ready === false ? settle() : pass(A_WHILE_MS));
    return { name: node.name, uid: cluster.node(node.name)?.metadata.uid ?? 'none' };
  };
  const addPod = async (pod: NewPod) => {
    create(api, pod);
    await pass(A_WHILE_MS);
    return {
      namespace: pod.namespace,
      name: pod.name,
      uid: cluster.pod(pod.namespace, pod.name)?.metadata.uid ?? 'none',
    };
  };
  const endpoint = { server: server.url, tokenFile };
  return {
    cluster,
    api,
    endpoint,
    port: makeKubernetesAdapter(endpoint),
    addNode,
    addPod,
    addBudget: ({ labels, ...budget }) => {
      cluster.createBudget({ ...budget, matchLabels: labels });
      return settle();
    },
    addVolume: (volume) => Promise.resolve(createVolume(api, volume)),
    attach: ({ node, volume }) => {
      const source = { persistentVolumeName: volume };
      const spec = { attacher: 'ebs.csi.aws.com', nodeName: node, source };
      post(api, '/apis/storage.k8s.io/v1/volumeattachments', { metadata: { name: `of-${volume}` }, spec });
      return Promise.resolve();
    },
    cordon: (node, cordoned) => {
      if (cordoned) cluster.cordonByHand(node);
      else cluster.uncordonByHand(node);
      return settle();
    },
    removeNode: (name) => {
      cluster.instanceGone(name);
      cluster.world.store.nodes.remove(name);
      return settle();
    },
    raceNext: (name) => Promise.resolve(raceNextPatch(api, () => touch(cluster, name))),
    settle,
    finishTerminating: () => pass(A_WHILE_MS),
    disconnect: () => Promise.resolve(void (api.gate.unreachable = true)),
    reconnect: () => Promise.resolve(void (api.gate.unreachable = false)),
    stop: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

function register(cluster: KubeCluster, { name, pool, controlPlane, taints, labels }: NewNode): void {
  cluster.registerNode({
    name,
    instanceId: name,
    zone: 'ap-southeast-1a',
    instanceType: 'm6i.large',
    allocatable: TWO_CORES,
    labels: {
      ...(pool !== undefined && { 'smartscale/pool': pool }),
      ...(controlPlane && { 'node-role.kubernetes.io/control-plane': 'true' }),
      ...labels,
    },
    taints: [...(taints ?? [])],
  });
}

function create(api: KubeApi, { namespace, name, node, labels, requests }: NewPod): void {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'owner', uid: 'owner', controller: true };
  post(api, `/api/v1/namespaces/${namespace}/pods`, {
    metadata: { name, labels, ownerReferences: [owner] },
    spec: { nodeName: node, containers: [{ name: 'c', image: 'i', resources: { requests } }] },
  });
}

function post(api: KubeApi, url: string, object: object): void {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ARRANGER.token}` };
  const answer = api.handle({ method: 'POST', url, headers, body: JSON.stringify(object) });
  if (answer?.status !== 201) throw new Error(`the simulator did not create at ${url}: ${answer?.body}`);
}

function createVolume(api: KubeApi, { namespace, claim, zone }: Parameters<KubernetesHarness['addVolume']>[0]): void {
  const matchExpressions = [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }];
  const volumeName = `pv-${claim}`;
  post(api, '/api/v1/persistentvolumes', {
    metadata: { name: volumeName },
    spec: { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } },
  });
  const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  post(api, claims, { metadata: { name: claim }, spec: { volumeName } });
}

function raceNextPatch(api: InterceptedApi, action: () => void): void {
  api.before = ({ method }) => {
    if (method !== 'PATCH') return;
    api.before = null;
    action();
  };
}

/** What any other controller does all the time. */
function touch(cluster: KubeCluster, name: string): void {
  const node = cluster.node(name);
  if (node === undefined) throw new Error(`no node ${name}`);
  const annotations = { ...node.metadata.annotations, touched: 'true' };
  cluster.world.store.nodes.replace({ ...node, metadata: { ...node.metadata, annotations } });
}
