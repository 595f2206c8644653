/** KubernetesPort on the API server of a cluster. */
import type { CoreV1Api, V1Node, V1Pod, V1VolumeAttachment } from '@kubernetes/client-node';
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type {
  Attachment,
  EvictionAnswer,
  KubernetesPort,
  MarkAnswer,
  NodeRef,
  PodDeletion,
  PodEviction,
  Rest,
} from '../../ports';
import type { KubernetesClient, KubernetesEndpoint } from './client';
import { makeClient } from './client';
import { evictionRefused } from './eviction-answer';
import { listAll } from './list-all';
import type { NodePatch } from './node-mark';
import { planAdmit, planMark, planUnmark } from './node-mark';
import { Patience } from './patience';
import type { Raw } from './raw';
import { isOtherUid, refusalOf, toSmartScaleError } from './refusal';
import { Sharing } from './sharing';
import { toBudget } from './to-budget';
import { claimPart, toClaims, volumePart } from './to-claims';
import { toNode } from './to-node';
import { toPod } from './to-pod';

const TIMEOUT_MS = 10_000;
/** Fields that every object has for itself: nothing is gained by looking whether another one has the same. */
const ALONE: ReadonlySet<string> = new Set(['name', 'uid', 'resourceVersion']);

export interface KubernetesOptions {
  /** How long one request may take, milliseconds. */
  readonly timeoutMs?: number;
  /** Epoch milliseconds; the system clock if absent. */
  readonly now?: () => number;
}

/** Throws when a kubeconfig cannot be read; the API server is not asked yet. */
export function makeKubernetesAdapter(
  endpoint: KubernetesEndpoint,
  { timeoutMs = TIMEOUT_MS, now = Date.now }: KubernetesOptions = {},
): KubernetesPort {
  return new KubernetesAdapter(makeClient(endpoint, timeoutMs), new Patience(now));
}

class KubernetesAdapter implements KubernetesPort {
  private readonly core: CoreV1Api;

  constructor(
    private readonly client: KubernetesClient,
    private readonly patience: Patience,
  ) {
    this.core = client.core;
  }

  listNodes() {
    return this.list('nodes', '/api/v1/nodes', () => {
      const sharing = new Sharing();
      return (node: Raw<V1Node>) => sharing.shared(toNode(node), ALONE);
    });
  }

  listPods() {
    return this.list('pods', '/api/v1/pods', () => {
      const sharing = new Sharing();
      return (pod: Raw<V1Pod>) => sharing.shared(toPod(pod), ALONE);
    });
  }

  async listClaims() {
    const [claims, volumes] = await Promise.all([
      this.list('persistent volume claims', '/api/v1/persistentvolumeclaims', () => claimPart),
      this.list('persistent volumes', '/api/v1/persistentvolumes', () => volumePart),
    ]);
    return toClaims(claims, volumes);
  }

  listBudgets() {
    return this.list('disruption budgets', '/apis/policy/v1/poddisruptionbudgets', () => toBudget);
  }

  listAttachments() {
    return this.list('volume attachments', '/apis/storage.k8s.io/v1/volumeattachments', () => attachmentPart);
  }

  async markNode(ref: NodeRef, operation: string): Promise<MarkAnswer> {
    const node = await this.readNode(ref);
    if (node === null) return 'gone';
    const plan = planMark(node, operation);
    if (plan.kind !== 'write') return plan.kind === 'taken' ? 'taken' : 'marked';
    const answer = await this.patchNode(ref, plan.patch);
    return answer === 'patched' ? 'marked' : answer;
  }

  async unmarkNode(ref: NodeRef, operation: string, rest?: Rest): Promise<'unmarked' | 'conflict' | 'gone'> {
    const node = await this.readNode(ref);
    if (node === null) return 'gone';
    const patch = planUnmark(node, operation, rest);
    if (patch === null) return 'unmarked';
    const answer = await this.patchNode(ref, patch);
    return answer === 'patched' ? 'unmarked' : answer;
  }

  async admitNode(ref: NodeRef): Promise<'admitted' | 'conflict' | 'gone'> {
    const node = await this.readNode(ref);
    if (node === null) return 'gone';
    const patch = planAdmit(node);
    if (patch === null) return 'admitted';
    const answer = await this.patchNode(ref, patch);
    return answer === 'patched' ? 'admitted' : answer;
  }

  /** Outside of the patience: a budget's Retry-After concerns one pod, and whoever asks keeps it. */
  async evict({ namespace, name, uid, graceSeconds }: PodEviction): Promise<EvictionAnswer> {
    try {
      await this.core.createNamespacedPodEviction({
        namespace,
        name,
        body: {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { namespace, name },
          deleteOptions: {
            preconditions: { uid },
            ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
          },
        },
      });
      return { kind: 'accepted' };
    } catch (error) {
      return evictionRefused(error, `evict pod ${namespace}/${name}`);
    }
  }

  /** Outside of the patience: its time is over, whatever the API server asks for. */
  async deletePod({ namespace, name, uid, graceSeconds }: PodDeletion): Promise<'deleted' | 'gone'> {
    try {
      const options = { preconditions: { uid }, gracePeriodSeconds: graceSeconds };
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options };
      await this.core.deleteNamespacedPod({ namespace, name, body });
      return 'deleted';
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== null && (refusal.status === 404 || isOtherUid(refusal))) return 'gone';
      throw toSmartScaleError(error, `delete pod ${namespace}/${name}`);
    }
  }

  async deleteNode({ name, uid }: NodeRef): Promise<'deleted' | 'gone'> {
    try {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
      await this.patience.call(() => this.core.deleteNode({ name, body }));
      return 'deleted';
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== null && (refusal.status === 404 || isOtherUid(refusal))) return 'gone';
      throw toSmartScaleError(error, `delete node ${name}`);
    }
  }

  private list<T, R>(what: string, path: string, makeMap: () => (item: T) => R): Promise<readonly R[]> {
    return inOurWords(`list ${what}`, () =>
      listAll((query) => this.patience.call(() => this.client.pages.read(path, query)), makeMap),
    );
  }

  /** Null when the node is no more, or is another one under the same name. */
  private async readNode({ name, uid }: NodeRef): Promise<V1Node | null> {
    try {
      const node = await this.patience.call(() => this.core.readNode({ name }));
      return node.metadata?.uid === uid ? node : null;
    } catch (error) {
      if (refusalOf(error)?.status === 404) return null;
      throw toSmartScaleError(error, `read node ${name}`);
    }
  }

  private async patchNode({ name }: NodeRef, body: NodePatch): Promise<'patched' | 'conflict' | 'gone'> {
    try {
      // Without the header the client sends a JSON patch, which an object is not.
      const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      await this.patience.call(() => this.core.patchNode({ name, body }, options));
      return 'patched';
    } catch (error) {
      const status = refusalOf(error)?.status;
      if (status === 409) return 'conflict';
      if (status === 404) return 'gone';
      throw toSmartScaleError(error, `patch node ${name}`);
    }
  }
}

async function inOurWords<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toSmartScaleError(error, doing);
  }
}

function attachmentPart({ spec }: Raw<V1VolumeAttachment>): Attachment {
  return { node: spec?.nodeName ?? '', volume: spec?.source?.persistentVolumeName ?? null };
}
