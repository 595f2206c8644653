/** KubernetesPort on the simulated cluster without sockets: lists as objects, writes through its API as a function. */
import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { KubeApi } from '../../../simulator/kubernetes/api/kube-api';
import type { KubeNode, KubePod } from '../../../simulator/kubernetes/objects';
import type { World } from '../../../simulator/world';
import { planAdmit, planMark, planUnmark, type NodePatch } from '../../../webhook/adapters/kubernetes/node-mark';
import type { Raw } from '../../../webhook/adapters/kubernetes/raw';
import { toBudget } from '../../../webhook/adapters/kubernetes/to-budget';
import { toClaims } from '../../../webhook/adapters/kubernetes/to-claims';
import { toNode } from '../../../webhook/adapters/kubernetes/to-node';
import { toPod } from '../../../webhook/adapters/kubernetes/to-pod';
import { faultOf, SmartScaleError } from '../../../webhook/errors';
import type { Claim, DisruptionBudget, Node, Pod } from '../../../webhook/model/observation';
import type {
  Attachment,
  EvictionAnswer,
  KubernetesPort,
  MarkAnswer,
  NodeRef,
  PodDeletion,
  PodEviction,
  Rest,
} from '../../../webhook/ports';

interface Answer {
  readonly status: number;
  readonly body: { readonly message?: string; readonly details?: { readonly causes?: readonly Cause[] } };
}

interface Cause {
  readonly reason?: string;
  readonly message?: string;
}

export type KubernetesCall =
  | 'list nodes'
  | 'list pods'
  | 'list claims'
  | 'list attachments'
  | 'list budgets'
  | 'admit node'
  | 'mark node'
  | 'unmark node'
  | 'evict'
  | 'delete pod'
  | 'delete node';

export class WorldKubernetes implements KubernetesPort {
  /** Every call fails as if the API server were not there. */
  unreachable = false;
  /** What was written, in order: `delete node i-01`. */
  readonly written: string[] = [];
  /** Calls that fail, whoever makes them, until they are taken out: `409` loses against somebody else's write. */
  readonly troubles = new Map<KubernetesCall, SmartScaleError | '409'>();
  /** What was asked, well or badly. */
  readonly asked: { readonly call: KubernetesCall; readonly at: number }[] = [];
  private readonly api: KubeApi;
  /** The simulator never changes an object: what was made of it stays right. */
  private readonly nodes = new WeakMap<KubeNode, Node>();
  private readonly pods = new WeakMap<KubePod, Pod>();

  constructor(private readonly world: World) {
    this.api = new KubeApi(world.cluster);
  }

  async listNodes(): Promise<readonly Node[]> {
    await this.reach('list nodes');
    return this.world.cluster
      .nodes()
      .map((node) => remembered(this.nodes, node, () => toNode(node as unknown as Raw<V1Node>)));
  }

  async listPods(): Promise<readonly Pod[]> {
    await this.reach('list pods');
    return this.world.cluster
      .pods()
      .map((pod) => remembered(this.pods, pod, () => toPod(pod as unknown as Raw<V1Pod>)));
  }

  async listClaims(): Promise<readonly Claim[]> {
    await this.reach('list claims');
    const { persistentvolumeclaims, persistentvolumes } = this.world.cluster.world.store;
    return toClaims(persistentvolumeclaims.list(), persistentvolumes.list());
  }

  async listAttachments(): Promise<readonly Attachment[]> {
    await this.reach('list attachments');
    const { volumeattachments } = this.world.cluster.world.store;
    return volumeattachments.list().map(({ spec }) => ({
      node: spec.nodeName,
      volume: spec.source.persistentVolumeName,
    }));
  }

  async listBudgets(): Promise<readonly DisruptionBudget[]> {
    await this.reach('list budgets');
    return this.world.cluster.world.store.poddisruptionbudgets.list().map((budget) => toBudget(budget));
  }

  async markNode(ref: NodeRef, operation: string): Promise<MarkAnswer> {
    await this.reach('mark node');
    const node = this.find(ref);
    if (node === null) return 'gone';
    const plan = planMark(asClientNode(node), operation);
    if (plan.kind !== 'write') return plan.kind === 'taken' ? 'taken' : 'marked';
    if (this.troubles.get('mark node') === '409') return 'conflict';
    this.written.push(`mark ${ref.name}`);
    return this.patch(ref, plan.patch) === 200 ? 'marked' : 'conflict';
  }

  async unmarkNode(ref: NodeRef, operation: string, rest?: Rest): Promise<'unmarked' | 'conflict' | 'gone'> {
    await this.reach('unmark node');
    const node = this.find(ref);
    if (node === null) return 'gone';
    const patch = planUnmark(asClientNode(node), operation, rest);
    if (patch === null) return 'unmarked';
    if (this.troubles.get('unmark node') === '409') return 'conflict';
    this.written.push(`unmark ${ref.name}`);
    return this.patch(ref, patch) === 200 ? 'unmarked' : 'conflict';
  }

  async admitNode(ref: NodeRef): Promise<'admitted' | 'conflict' | 'gone'> {
    await this.reach('admit node');
    const node = this.find(ref);
    if (node === null) return 'gone';
    const patch = planAdmit(asClientNode(node));
    if (patch === null) return 'admitted';
    if (this.troubles.get('admit node') === '409') return 'conflict';
    this.written.push(`admit ${ref.name}`);
    return this.patch(ref, patch) === 200 ? 'admitted' : 'conflict';
  }

  async evict({ namespace, name, uid, graceSeconds }: PodEviction): Promise<EvictionAnswer> {
    const fault = await this.reach('evict').then(() => null, faultOf);
    if (fault) return fault.retryable ? { kind: 'try-again', retryAfterMs: null, fault } : { kind: 'failed', fault };
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name },
      deleteOptions: {
        preconditions: { uid },
        ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      },
    };
    const url = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
    this.written.push(`evict ${namespace}/${name}`);
    const { status, body } = this.call('POST', url, eviction);
    if (status === 201) return { kind: 'accepted' };
    if (status === 404 || status === 409) return { kind: 'gone' };
    return refusal(status, body);
  }

  async deletePod({ namespace, name, uid, graceSeconds }: PodDeletion): Promise<'deleted' | 'gone'> {
    await this.reach('delete pod');
    this.written.push(`delete pod ${namespace}/${name} ${graceSeconds}s`);
    const options = { preconditions: { uid }, gracePeriodSeconds: graceSeconds };
    const { status } = this.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, options);
    return status === 200 ? 'deleted' : 'gone';
  }

  async deleteNode(ref: NodeRef): Promise<'deleted' | 'gone'> {
    await this.reach('delete node');
    if (this.find(ref) === null) return 'gone';
    this.written.push(`delete node ${ref.name}`);
    this.call('DELETE', `/api/v1/nodes/${ref.name}`, { preconditions: { uid: ref.uid } });
    return 'deleted';
  }

  /** A merge patch by somebody else. */
  edit(node: string, patch: object): void {
    const { status } = this.call('PATCH', `/api/v1/nodes/${node}`, patch, 'application/merge-patch+json');
    if (status !== 200) throw new Error(`node ${node} could not be edited: ${status}`);
  }

  private async reach(call: KubernetesCall): Promise<void> {
    await Promise.resolve();
    this.asked.push({ call, at: this.world.now() });
    const trouble = this.troubles.get(call);
    if (trouble instanceof SmartScaleError) throw trouble;
    if (this.unreachable) throw new SmartScaleError('kubernetes-unreachable', `${call}: the API server is not there`);
  }

  private find({ name, uid }: NodeRef): KubeNode | null {
    const node = this.world.cluster.node(name);
    return node?.metadata.uid === uid ? node : null;
  }

  private patch({ name }: NodeRef, patch: NodePatch): number {
    return this.call('PATCH', `/api/v1/nodes/${name}`, patch, 'application/merge-patch+json').status;
  }

  private call(method: string, url: string, body: unknown, type = 'application/json'): Answer {
    const headers = { 'content-type': type };
    const answer = this.api.handle({ method, url, headers, body: JSON.stringify(body) });
    if (answer === null) throw new Error(`the simulated API server did not answer ${method} ${url}`);
    const isJson = answer.headers['content-type'] === 'application/json';
    const parsed = isJson ? (JSON.parse(answer.body) as Answer['body']) : { message: answer.body };
    return { status: answer.status, body: parsed };
  }
}

/** As the adapter reads it; what it would call a failure for good is a defect of whoever asks here. */
function refusal(status: number, body: Answer['body']): EvictionAnswer {
  const message = wordsOf(body);
  const causes = (body.details?.causes ?? []).map(({ reason }) => reason);
  if (causes.includes('NamespaceTerminating')) return { kind: 'namespace-going' };
  if (causes.includes('DisruptionBudget')) return { kind: 'refused-by-budget', retryAfterMs: null, message };
  if (message.includes('more than one PodDisruptionBudget')) {
    return { kind: 'refused-by-budget', retryAfterMs: null, message, misconfigured: true };
  }
  if (status !== 429 && status < 500) {
    throw new Error(`the simulated API server answered an eviction with ${status}: ${message}`);
  }
  const fault = { code: 'kubernetes-unreachable' as const, retryable: true, message };
  return { kind: 'try-again', retryAfterMs: null, fault };
}

function wordsOf({ details, message = '' }: Answer['body']): string {
  return details?.causes?.[0]?.message ?? message;
}

function remembered<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** The client makes dates of times, which nobody looks at who marks; apart from that its objects are those of the wire. */
function asClientNode(node: KubeNode): V1Node {
  return node as unknown as V1Node;
}
