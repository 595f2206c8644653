/** KubernetesPort in memory: what a person, a kubelet or a bad day does to it are its other methods. */
import { SmartScaleError } from '../../webhook/errors';
import type { ErrorCode, Fault } from '../../webhook/errors';
import { ANNOTATIONS, DEFAULT_POOL, DRAIN_TAINT, LABELS, STARTUP_TAINT } from '../../webhook/model/names';
import { EXCLUDE_LABEL, EXCLUDED } from '../../webhook/model/names';
import type { Claim, DisruptionBudget, Node, Pod, Taint } from '../../webhook/model/observation';
import type {
  Attachment,
  EvictionAnswer,
  KubernetesPort,
  MarkAnswer,
  NodeRef,
  PodDeletion,
  PodEviction,
  PodRef,
  Rest,
} from '../../webhook/ports';
import { restAnnotations } from '../../webhook/adapters/kubernetes/node-mark';

export interface FakeBudget {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Evictions that it still allows; each accepted one takes one. */
  allowed: number;
  /** Others use it up right before the next eviction that asks it. */
  contested?: boolean;
}

type Method = keyof KubernetesPort;

const GIB = 2 ** 30;

export class FakeKubernetes implements KubernetesPort {
  /** Every call answers as if the API server were not there. */
  unreachable = false;
  /** What was asked, in order: `markNode i-01 op1`. */
  readonly calls: string[] = [];
  readonly budgets: FakeBudget[] = [];
  readonly claims: Claim[] = [];
  readonly attachments: Attachment[] = [];
  private readonly nodes = new Map<string, Node>();
  private readonly pods = new Map<string, Pod>();
  private readonly failures = new Map<Method, SmartScaleError[]>();
  private readonly evictionAnswers = new Map<string, EvictionAnswer[]>();
  private readonly races = new Map<string, () => void>();
  private version = 0;
  private created = 0;

  // ------------------------------------------------------------- the world

  /** A Ready worker of the pool `workers`, named like its instance. With `markedBy` it carries the whole mark. */
  addNode(overrides: Partial<Node> = {}): Node {
    const serial = (++this.created).toString(16).padStart(2, '0');
    const name = overrides.name ?? overrides.instanceId ?? `i-${serial}`;
    const pool = overrides.pool === undefined ? DEFAULT_POOL : overrides.pool;
    const node: Node = {
      name,
      uid: `node-uid-${serial}`,
      resourceVersion: this.nextVersion(),
      instanceId: /^i-[0-9a-f]+$/.test(name) ? name : null,
      pool,
      ready: true,
      notReadySince: overrides.ready === false ? 0 : null,
      cordoned: false,
      markedBy: null,
      controlPlane: false,
      createdAt: 0,
      labels: pool === null ? {} : { [LABELS.pool]: pool },
      annotations: {},
      taints: [],
      allocatable: { cpu: 2, memory: 4 * GIB, pods: 110 },
      ...overrides,
    };
    const whole = node.markedBy === null ? node : { ...node, ...mark(node, node.markedBy) };
    this.nodes.set(name, whole);
    return whole;
  }

  /** A running pod of a ReplicaSet, on no node unless said. */
  addPod(overrides: Partial<Pod> = {}): Pod {
    const serial = ++this.created;
    const pod: Pod = {
      namespace: 'default',
      name: `pod-${serial}`,
      uid: `pod-uid-${serial}`,
      node: null,
      phase: overrides.unschedulable || overrides.gated ? 'Pending' : 'Running',
      requests: { cpu: 0.1, memory: 64 * 2 ** 20, pods: 1 },
      ownerKind: 'ReplicaSet',
      mirror: false,
      unschedulable: false,
      gated: false,
      terminating: false,
      ready: !(overrides.unschedulable || overrides.gated),
      createdAt: 0,
      labels: {},
      annotations: {},
      nodeSelector: {},
      tolerations: [],
      localVolumes: [],
      graceSeconds: 30,
      ...overrides,
    };
    this.pods.set(keyOf(pod), pod);
    return pod;
  }

  node(name: string): Node | undefined {
    return this.nodes.get(name);
  }

  /** Any write by somebody else: the resourceVersion moves. */
  changeNode(name: string, changes: Partial<Node>): Node {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`the fake has no node ${name}`);
    const changed = { ...node, ...changes, resourceVersion: this.nextVersion() };
    this.nodes.set(name, changed);
    return changed;
  }

  /** `since`: when its kubelet fell silent, epoch milliseconds. */
  setReady(name: string, ready: boolean, since = 0): void {
    this.changeNode(name, { ready, notReadySince: ready ? null : since });
  }

  /** What `kubectl cordon` and `kubectl uncordon` do. */
  cordon(name: string, cordoned = true): void {
    this.changeNode(name, { cordoned });
  }

  /** The Node object only; its pods stay until somebody removes them. */
  removeNode(name: string): void {
    this.nodes.delete(name);
  }

  removePod(pod: Pick<PodRef, 'namespace' | 'name'>): void {
    this.pods.delete(keyOf(pod));
  }

  /** The kubelets are done: terminating pods (of this node) vanish. Returns how many. */
  finishTerminating(node?: string): number {
    const done = [...this.pods.values()].filter((pod) => pod.terminating && (node === undefined || pod.node === node));
    for (const pod of done) this.pods.delete(keyOf(pod));
    return done.length;
  }

  // ------------------------------------------------------------ a bad day

  /** The next calls of `method` fail with `code`: `evict` answers with it, the others reject. */
  failNext(method: Method, code: ErrorCode = 'kubernetes-unreachable', times = 1): void {
    const errors = Array.from({ length: times }, () => new SmartScaleError(code, `${method}: made to fail`));
    this.failures.set(method, [...(this.failures.get(method) ?? []), ...errors]);
  }

  /** The next evictions of this pod are answered so, whatever budgets say. */
  answerEvictions(pod: Pick<PodRef, 'namespace' | 'name'>, ...answers: readonly EvictionAnswer[]): void {
    const key = keyOf(pod);
    this.evictionAnswers.set(key, [...(this.evictionAnswers.get(key) ?? []), ...answers]);
  }

  /** Somebody else acts between the look and the write of the next mark or unmark of this node. */
  raceNext(name: string, action: () => void = () => void this.changeNode(name, {})): void {
    this.races.set(name, action);
  }

  // -------------------------------------------------------------- the port

  async listNodes(): Promise<readonly Node[]> {
    await this.called('listNodes');
    return [...this.nodes.values()];
  }

  async listPods(): Promise<readonly Pod[]> {
    await this.called('listPods');
    return [...this.pods.values()];
  }

  async listClaims(): Promise<readonly Claim[]> {
    await this.called('listClaims');
    return this.claims;
  }

  async listAttachments(): Promise<readonly Attachment[]> {
    await this.called('listAttachments');
    return [...this.attachments];
  }

  async listBudgets(): Promise<readonly DisruptionBudget[]> {
    await this.called('listBudgets');
    return this.budgets.map(({ namespace, name, labels, allowed }) => ({
      namespace,
      name,
      selector: Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
      disruptionsAllowed: allowed,
      currentHealthy: allowed,
      desiredHealthy: 0,
      isCurrent: true,
      sparesUnready: false,
    }));
  }

  async markNode(ref: NodeRef, operation: string): Promise<MarkAnswer> {
    await this.called('markNode', ref.name, operation);
    const node = this.find(ref);
    if (node === null) return 'gone';
    if (isTaken(node, operation)) return 'taken';
    const answer = this.write(node, mark(node, operation));
    return answer === 'written' ? 'marked' : answer;
  }

  async unmarkNode(ref: NodeRef, operation: string, rest?: Rest): Promise<'unmarked' | 'conflict' | 'gone'> {
    await this.called('unmarkNode', ref.name, operation);
    const node = this.find(ref);
    if (node === null) return 'gone';
    const answer = this.write(node, unmark(node, operation, rest));
    return answer === 'written' ? 'unmarked' : answer;
  }

  async admitNode(ref: NodeRef): Promise<'admitted' | 'conflict' | 'gone'> {
    await this.called('admitNode', ref.name);
    const node = this.find(ref);
    if (node === null) return 'gone';
    const taints = node.taints.filter(({ key }) => key !== STARTUP_TAINT);
    if (taints.length === node.taints.length) return 'admitted';
    const readiness = node.awaitsAdmission ? { ready: true, notReadySince: null } : {};
    const answer = this.write(node, { ...readiness, taints });
    if (answer !== 'written') return answer;
    const { awaitsAdmission: _done, ...admitted } = this.nodes.get(ref.name) ?? node;
    this.nodes.set(ref.name, admitted);
    return 'admitted';
  }

  async evict(ref: PodEviction): Promise<EvictionAnswer> {
    try {
      await this.called('evict', keyOf(ref));
    } catch (error) {
      return failedEviction((error as SmartScaleError).fault);
    }
    const scripted = this.evictionAnswers.get(keyOf(ref))?.shift();
    const pod = this.pods.get(keyOf(ref));
    if (scripted !== undefined && scripted.kind !== 'accepted') return scripted;
    if (pod?.uid !== ref.uid) return { kind: 'gone' };
    if (pod.terminating || scripted !== undefined) return this.terminate(pod);
    return this.refusal(pod) ?? this.terminate(pod);
  }

  async deletePod(ref: PodDeletion): Promise<'deleted' | 'gone'> {
    await this.called('deletePod', keyOf(ref), `${ref.graceSeconds}s`);
    const pod = this.pods.get(keyOf(ref));
    if (pod?.uid !== ref.uid) return 'gone';
    this.terminate(pod);
    return 'deleted';
  }

  async deleteNode(ref: NodeRef): Promise<'deleted' | 'gone'> {
    await this.called('deleteNode', ref.name);
    if (this.find(ref) === null) return 'gone';
    this.nodes.delete(ref.name);
    return 'deleted';
  }

  // ------------------------------------------------------------- internals

  private async called(method: Method, ...words: readonly string[]): Promise<void> {
    this.calls.push([method, ...words].join(' '));
    await Promise.resolve();
    if (this.unreachable) throw new SmartScaleError('kubernetes-unreachable', `${method}: the API server is not there`);
    const failure = this.failures.get(method)?.shift();
    if (failure !== undefined) throw failure;
  }

  private find({ name, uid }: NodeRef): Node | null {
    const node = this.nodes.get(name);
    return node?.uid === uid ? node : null;
  }

  private write(seen: Node, changes: Partial<Node>): 'written' | 'conflict' | 'gone' {
    // Nothing to write: nobody can come in between, and the resourceVersion stays.
    if (JSON.stringify({ ...seen, ...changes }) === JSON.stringify(seen)) return 'written';
    this.races.get(seen.name)?.();
    this.races.delete(seen.name);
    const node = this.nodes.get(seen.name);
    if (node === undefined) return 'gone';
    if (node.resourceVersion !== seen.resourceVersion) return 'conflict';
    this.changeNode(seen.name, changes);
    return 'written';
  }

  private terminate(pod: Pod): EvictionAnswer {
    this.pods.set(keyOf(pod), { ...pod, terminating: true });
    return { kind: 'accepted' };
  }

  /** One budget is asked, and pays; two on a pod are refused for good, as the real server does. */
  private refusal(pod: Pod): EvictionAnswer | null {
    const budgets = this.budgets.filter(
      ({ namespace, labels }) =>
        namespace === pod.namespace && Object.entries(labels).every(([key, value]) => pod.labels[key] === value),
    );
    const [budget] = budgets;
    if (budget === undefined || pod.phase !== 'Running') return null;
    if (budget.contested) {
      budget.allowed = 0;
      budget.contested = false;
    }
    if (budgets.length === 1 && budget.allowed > 0) {
      budget.allowed--;
      return null;
    }
    const message =
      budgets.length > 1
        ? 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
        : `The disruption budget ${budget.name} allows no disruption`;
    const misconfigured = budgets.length > 1 && { misconfigured: true as const };
    return { kind: 'refused-by-budget', retryAfterMs: null, message, ...misconfigured };
  }

  private nextVersion(): string {
    return String(++this.version);
  }
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function isTaken(node: Node, operation: string): boolean {
  if (node.taints.some((taint) => taint.key === DRAIN_TAINT && taint.value !== operation)) return true;
  const owner = node.annotations[ANNOTATIONS.operation];
  return owner === undefined ? node.cordoned : owner !== operation;
}

function mark(node: Node, operation: string): Partial<Node> {
  const isWhole = (taint: Taint) => taint.key === DRAIN_TAINT && taint.effect === 'NoSchedule';
  const taint: Taint = { key: DRAIN_TAINT, value: operation, effect: 'NoSchedule' };
  return {
    cordoned: true,
    markedBy: operation,
    labels: { ...node.labels, [EXCLUDE_LABEL]: EXCLUDED },
    annotations: {
      ...node.annotations,
      [ANNOTATIONS.operation]: operation,
      [ANNOTATIONS.wasUnschedulable]: 'false',
      ...excludedBefore(node.labels[EXCLUDE_LABEL]),
    },
    taints: node.taints.some(isWhole)
      ? node.taints
      : [...node.taints.filter((each) => each.key !== DRAIN_TAINT), taint],
  };
}

function unmark(node: Node, operation: string, rest?: Rest): Partial<Node> {
  const taints = node.taints.filter((each) => each.key !== DRAIN_TAINT || each.value !== operation);
  const { [ANNOTATIONS.operation]: owner, [ANNOTATIONS.wasUnschedulable]: was, ...others } = node.annotations;
  const left = taints.find((each) => each.key === DRAIN_TAINT)?.value ?? null;
  if (owner !== operation) return { taints, markedBy: owner ?? left };
  const { [ANNOTATIONS.wasExcluded]: before, ...kept } = others;
  const annotations = { ...kept, ...(rest && restAnnotations(rest)) };
  const labels = labelsBefore(node.labels, before);
  return { taints, markedBy: left, labels, annotations, ...(was === 'false' && { cordoned: false }) };
}

function excludedBefore(said: string | undefined): Node['annotations'] {
  return said === undefined || said === EXCLUDED ? {} : { [ANNOTATIONS.wasExcluded]: said };
}

function labelsBefore(labels: Node['labels'], before: string | undefined): Node['labels'] {
  const { [EXCLUDE_LABEL]: now, ...others } = labels;
  if (now !== EXCLUDED) return labels;
  return before === undefined ? others : { ...others, [EXCLUDE_LABEL]: before };
}

function failedEviction(fault: Fault): EvictionAnswer {
  return fault.retryable ? { kind: 'try-again', retryAfterMs: null, fault } : { kind: 'failed', fault };
}
