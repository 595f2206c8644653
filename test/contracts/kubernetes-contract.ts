/** What KubernetesPort promises, told to anything that claims to be one. */
import type { KubernetesPort, NodeRef, PodRef } from '../../webhook/ports';
import { EXCLUDE_LABEL } from '../../webhook/model/names';
import type { Taint } from '../../webhook/model/observation';

/** A cluster that the suite can arrange, and the port under test that looks at it. */
export interface KubernetesHarness {
  readonly port: KubernetesPort;
  addNode(node: {
    readonly name: string;
    readonly ready?: boolean;
    readonly pool?: string;
    readonly controlPlane?: boolean;
    readonly taints?: readonly Taint[];
    /** Besides that of the pool. */
    readonly labels?: Readonly<Record<string, string>>;
  }): Promise<NodeRef>;
  /** Running on `node` unless that is absent; owned by a ReplicaSet. */
  addPod(pod: {
    readonly namespace: string;
    readonly name: string;
    readonly node?: string;
    readonly labels?: Readonly<Record<string, string>>;
    /** Quantities of one container. */
    readonly requests?: { readonly cpu: string; readonly memory: string };
  }): Promise<PodRef>;
  /** Over the running pods that are there already. */
  addBudget(budget: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly minAvailable: number;
  }): Promise<void>;
  /** What a person does with kubectl. */
  /** A volume that nodes of the zone can use, and its claim. */
  addVolume(volume: { readonly namespace: string; readonly claim: string; readonly zone: string }): Promise<void>;
  attach(attachment: { readonly node: string; readonly volume: string }): Promise<void>;
  cordon(node: string, cordoned: boolean): Promise<void>;
  removeNode(node: string): Promise<void>;
  /** Somebody else writes to the node between the look and the write of the next call. */
  raceNext(node: string): Promise<void>;
  /** Controllers do what follows from what was written: taints that go with a cordon, status of budgets. */
  settle(): Promise<void>;
  /** The kubelets end what is terminating. */
  finishTerminating(): Promise<void>;
  disconnect(): Promise<void>;
  reconnect(): Promise<void>;
  stop(): Promise<void>;
}

const WORKER = { name: 'i-0a1b', pool: 'workers' };
const SPOT: Taint = { key: 'example.com/spot', value: 'yes', effect: 'NoSchedule' };
const SHOP = { namespace: 'default', name: 'shop-1', labels: { app: 'shop' } };

export function kubernetesContract(name: string, makeHarness: () => Promise<KubernetesHarness>): void {
  describe(`the Kubernetes port on ${name}`, () => {
    let cluster: KubernetesHarness;
    let port: KubernetesPort;

    beforeEach(async () => {
      cluster = await makeHarness();
      port = cluster.port;
    });
    afterEach(() => cluster.stop());

    const nodeNow = async (node: string) => (await port.listNodes()).find((each) => each.name === node);
    const podNow = async (pod: PodRef) => (await port.listPods()).find((each) => each.uid === pod.uid);
    const drainTaint = (value: string) => ({ key: 'smartscale/draining', value, effect: 'NoSchedule' });

    describe('looking', () => {
      it('sees an empty cluster as empty', async () => {
        expect(await port.listNodes()).toEqual([]);
        expect(await port.listPods()).toEqual([]);
      });

      it('sees a node that is Ready but for its startup taint as one that waits, until it is admitted', async () => {
        const startup: Taint = { key: 'smartscale/startup', effect: 'NoExecute' };
        const ref = await cluster.addNode({ ...WORKER, taints: [SPOT, startup] });
        expect(await nodeNow(WORKER.name)).toMatchObject({ ready: false, awaitsAdmission: true });
        expect(await port.admitNode({ ...ref, uid: 'another' })).toBe('gone');
        await cluster.raceNext(WORKER.name);
        expect(await port.admitNode(ref)).toBe('conflict');
        expect(await port.admitNode(ref)).toBe('admitted');
        const after = await nodeNow(WORKER.name);
        expect(after).toMatchObject({ ready: true, taints: [SPOT] });
        expect(after).not.toHaveProperty('awaitsAdmission');
        expect(await port.admitNode(ref)).toBe('admitted');
      });

      it('sees claims with where their volumes can be used', async () => {
        expect(await port.listClaims()).toEqual([]);
        await cluster.addVolume({ namespace: 'default', claim: 'data', zone: 'ap-southeast-1b' });
        const inZone = { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['ap-southeast-1b'] };
        expect(await port.listClaims()).toEqual([
          { namespace: 'default', name: 'data', volume: 'pv-data', nodes: [{ labels: [inZone], fields: [] }] },
        ]);
      });

      it('sees which volumes are attached to which node', async () => {
        expect(await port.listAttachments()).toEqual([]);
        await cluster.addNode(WORKER);
        await cluster.attach({ node: WORKER.name, volume: 'pv-data' });
        expect(await port.listAttachments()).toEqual([{ node: WORKER.name, volume: 'pv-data' }]);
      });

      it('sees budgets with whom they cover and how many they let go', async () => {
        expect(await port.listBudgets()).toEqual([]);
        await cluster.addNode(WORKER);
        await cluster.addPod({ ...SHOP, node: WORKER.name });
        await cluster.addPod({ ...SHOP, name: 'shop-2', node: WORKER.name });
        await cluster.addBudget({
          namespace: 'default',
          name: 'shop-budget',
          labels: { app: 'shop' },
          minAvailable: 1,
        });
        expect(await port.listBudgets()).toMatchObject([
          {
            namespace: 'default',
            name: 'shop-budget',
            selector: [{ key: 'app', operator: 'In', values: ['shop'] }],
            disruptionsAllowed: 1,
            isCurrent: true,
            sparesUnready: false,
          },
        ]);
      });

      it('sees nodes with their uid, instance, pool, role, taints and readiness', async () => {
        const worker = await cluster.addNode({ ...WORKER, taints: [SPOT] });
        await cluster.addNode({ name: 'server-1', controlPlane: true, ready: false });
        expect(await nodeNow(WORKER.name)).toMatchObject({
          ...worker,
          instanceId: 'i-0a1b',
          pool: 'workers',
          controlPlane: false,
          taints: [SPOT],
          ready: true,
          cordoned: false,
          markedBy: null,
        });
        expect(await nodeNow('server-1')).toMatchObject({
          pool: null,
          controlPlane: true,
          ready: false,
        });
      });

      it('sees pods with their uid, node, owner, labels and requests', async () => {
        await cluster.addNode(WORKER);
        const pod = await cluster.addPod({
          ...SHOP,
          node: WORKER.name,
          requests: { cpu: '1500m', memory: '128Mi' },
        });
        expect(await podNow(pod)).toMatchObject({
          ...pod,
          node: WORKER.name,
          phase: 'Running',
          ownerKind: 'ReplicaSet',
          labels: { app: 'shop' },
          requests: { cpu: 1.5, memory: 128 * 2 ** 20, pods: 1 },
          terminating: false,
        });
      });
    });

    describe('marking', () => {
      it('cordons, taints and names the operation, beside other taints', async () => {
        const node = await cluster.addNode({ ...WORKER, taints: [SPOT] });
        expect(await port.markNode(node, 'op1')).toBe('marked');
        await cluster.settle();
        const seen = await nodeNow(WORKER.name);
        expect(seen).toMatchObject({ cordoned: true, markedBy: 'op1' });
        expect(seen?.annotations).toMatchObject({
          'smartscale/operation': 'op1',
          'smartscale/was-unschedulable': 'false',
        });
        expect(seen?.taints).toEqual(expect.arrayContaining([SPOT, drainTaint('op1')]));
      });

      it('twice for one operation is once: nothing is written again', async () => {
        const node = await cluster.addNode(WORKER);
        await port.markNode(node, 'op1');
        await cluster.settle();
        const before = await nodeNow(WORKER.name);
        expect(await port.markNode(node, 'op1')).toBe('marked');
        expect((await nodeNow(WORKER.name))?.resourceVersion).toBe(before?.resourceVersion);
      });

      it('completes a mark whose cordon a person took off', async () => {
        const node = await cluster.addNode(WORKER);
        await port.markNode(node, 'op1');
        await cluster.cordon(WORKER.name, false);
        expect(await port.markNode(node, 'op1')).toBe('marked');
        expect(await nodeNow(WORKER.name)).toMatchObject({ cordoned: true, markedBy: 'op1' });
      });

      it('leaves alone what a person cordoned', async () => {
        const node = await cluster.addNode(WORKER);
        await cluster.cordon(WORKER.name, true);
        expect(await port.markNode(node, 'op1')).toBe('taken');
        expect(await nodeNow(WORKER.name)).toMatchObject({ cordoned: true, markedBy: null });
      });

      it('leaves alone what another operation marked', async () => {
        const node = await cluster.addNode(WORKER);
        await port.markNode(node, 'op1');
        expect(await port.markNode(node, 'op2')).toBe('taken');
        expect(await nodeNow(WORKER.name)).toMatchObject({ markedBy: 'op1' });
      });

      it('says conflict when somebody writes in between, and has written nothing', async () => {
        const node = await cluster.addNode(WORKER);
        await cluster.raceNext(WORKER.name);
        expect(await port.markNode(node, 'op1')).toBe('conflict');
        expect(await nodeNow(WORKER.name)).toMatchObject({ cordoned: false, markedBy: null });
        expect(await port.markNode(node, 'op1')).toBe('marked');
      });

      it('says gone of a node that is no more, and of another one under its name', async () => {
        const node = await cluster.addNode(WORKER);
        await cluster.removeNode(WORKER.name);
        expect(await port.markNode(node, 'op1')).toBe('gone');
        await cluster.addNode(WORKER);
        expect(await port.markNode(node, 'op1')).toBe('gone');
        expect(await nodeNow(WORKER.name)).toMatchObject({ cordoned: false, markedBy: null });
      });
    });

    describe('undoing a mark', () => {
      it('gives the node back as it was', async () => {
        const node = await cluster.addNode({ ...WORKER, taints: [SPOT] });
        await port.markNode(node, 'op1');
        await cluster.settle();
        expect(await port.unmarkNode(node, 'op1')).toBe('unmarked');
        await cluster.settle();
        const seen = await nodeNow(WORKER.name);
        expect(seen).toMatchObject({ cordoned: false, markedBy: null, taints: [SPOT] });
        expect(Object.keys(seen?.annotations ?? {})).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/^smartscale\//)]),
        );
      });

      it.each<[string, Readonly<Record<string, string>>]>([
        ['takes the label for load balancers away', {}],
        ['gives the label for load balancers back as somebody else had it', { [EXCLUDE_LABEL]: 'by-ann' }],
      ])('%s', async (_what, labels) => {
        const node = await cluster.addNode({ ...WORKER, labels });
        const before = (await nodeNow(WORKER.name))?.labels;
        await port.markNode(node, 'op1');
        expect((await nodeNow(WORKER.name))?.labels[EXCLUDE_LABEL]).toBe('smartscale');
        await port.unmarkNode(node, 'op1');
        expect((await nodeNow(WORKER.name))?.labels).toEqual(before);
      });

      it('writes beside it for how long the node is to be left alone, and only with it', async () => {
        const node = await cluster.addNode(WORKER);
        const rest = { failures: 2, until: Date.parse('2026-11-22T03:06:00Z') };
        await port.unmarkNode(node, 'op1', rest);
        expect((await nodeNow(WORKER.name))?.annotations).not.toHaveProperty('smartscale/failed-drains');
        await port.markNode(node, 'op1');
        await port.unmarkNode(node, 'op1', rest);
        expect((await nodeNow(WORKER.name))?.annotations).toMatchObject({
          'smartscale/failed-drains': '2',
          'smartscale/rest-until': '2026-11-22T03:06:00.000Z',
        });
      });

      it('twice is once, and is nothing where nothing is ours', async () => {
        const node = await cluster.addNode(WORKER);
        await port.markNode(node, 'op1');
        await port.unmarkNode(node, 'op1');
        await cluster.settle();
        const before = await nodeNow(WORKER.name);
        expect(await port.unmarkNode(node, 'op1')).toBe('unmarked');
        expect((await nodeNow(WORKER.name))?.resourceVersion).toBe(before?.resourceVersion);
      });

      it('keeps another operation’s mark', async () => {
        const node = await cluster.addNode(WORKER);
        await port.markNode(node, 'op1');
        expect(await port.unmarkNode(node, 'op2')).toBe('unmarked');
        expect(await nodeNow(WORKER.name)).toMatchObject({ cordoned: true, markedBy: 'op1' });
      });

      it('keeps a person’s cordon', async () => {
        const node = await cluster.addNode(WORKER);
        await cluster.cordon(WORKER.name, true);
        expect(await port.unmarkNode(node, 'op1')).toBe('unmarked');
        expect(await nodeNow(WORKER.name)).toMatchObject({ cordoned: true });
      });

      it('says conflict when somebody writes in between, and the mark is still whole', async () => {
        const node = await cluster.addNode(WORKER);
        await port.markNode(node, 'op1');
        await cluster.raceNext(WORKER.name);
        expect(await port.unmarkNode(node, 'op1')).toBe('conflict');
        expect(await nodeNow(WORKER.name)).toMatchObject({ cordoned: true, markedBy: 'op1' });
        expect(await port.unmarkNode(node, 'op1')).toBe('unmarked');
      });

      it('says gone of a node that is no more', async () => {
        const node = await cluster.addNode(WORKER);
        await cluster.removeNode(WORKER.name);
        expect(await port.unmarkNode(node, 'op1')).toBe('gone');
      });
    });

    describe('evicting', () => {
      it('ends the pod, and says gone once it is gone', async () => {
        await cluster.addNode(WORKER);
        const pod = await cluster.addPod({ ...SHOP, node: WORKER.name });
        expect(await port.evict(pod)).toEqual({ kind: 'accepted' });
        expect(await podNow(pod)).toMatchObject({ terminating: true });
        expect(await port.evict(pod)).toEqual({ kind: 'accepted' });
        await cluster.finishTerminating();
        expect(await podNow(pod)).toBeUndefined();
        expect(await port.evict(pod)).toEqual({ kind: 'gone' });
      });

      it('says gone of another pod under the name, and spares it', async () => {
        await cluster.addNode(WORKER);
        const pod = await cluster.addPod({ ...SHOP, node: WORKER.name });
        const former = { ...pod, uid: '00000000-0000-0000-0000-000000000000' };
        expect(await port.evict(former)).toEqual({ kind: 'gone' });
        expect(await podNow(pod)).toMatchObject({ terminating: false });
      });

      it('takes what the budget allows and says who refused the rest', async () => {
        await cluster.addNode(WORKER);
        const first = await cluster.addPod({ ...SHOP, node: WORKER.name });
        const second = await cluster.addPod({ ...SHOP, name: 'shop-2', node: WORKER.name });
        await cluster.addBudget({
          namespace: 'default',
          name: 'shop-budget',
          labels: { app: 'shop' },
          minAvailable: 1,
        });
        expect(await port.evict(first)).toEqual({ kind: 'accepted' });
        expect(await port.evict(second)).toMatchObject({
          kind: 'refused-by-budget',
          message: expect.stringContaining('shop-budget') as string,
        });
        expect(await podNow(second)).toMatchObject({ terminating: false });
      });

      it('is refused by two budgets on one pod', async () => {
        await cluster.addNode(WORKER);
        const pod = await cluster.addPod({ ...SHOP, node: WORKER.name });
        for (const budget of ['one', 'two']) {
          await cluster.addBudget({ namespace: 'default', name: budget, labels: { app: 'shop' }, minAvailable: 0 });
        }
        expect(await port.evict(pod)).toMatchObject({
          kind: 'refused-by-budget',
          message: expect.stringContaining('more than one PodDisruptionBudget') as string,
          misconfigured: true,
        });
        expect(await podNow(pod)).toMatchObject({ terminating: false });
      });
    });

    describe('deleting a pod', () => {
      const withGrace = (pod: PodRef) => ({ ...pod, graceSeconds: 3 });

      it('ends it past its budget, and says gone once it is gone', async () => {
        await cluster.addNode(WORKER);
        const pod = await cluster.addPod({ ...SHOP, node: WORKER.name });
        await cluster.addBudget({ namespace: 'default', name: 'b', labels: { app: 'shop' }, minAvailable: 1 });
        expect(await port.evict(pod)).toMatchObject({ kind: 'refused-by-budget' });
        expect(await port.deletePod(withGrace(pod))).toBe('deleted');
        expect(await podNow(pod)).toMatchObject({ terminating: true });
        await cluster.finishTerminating();
        expect(await port.deletePod(withGrace(pod))).toBe('gone');
      });

      it('says gone of another pod under the name, and spares it', async () => {
        await cluster.addNode(WORKER);
        const pod = await cluster.addPod({ ...SHOP, node: WORKER.name });
        const former = { ...pod, uid: '00000000-0000-0000-0000-000000000000' };
        expect(await port.deletePod(withGrace(former))).toBe('gone');
        expect(await podNow(pod)).toMatchObject({ terminating: false });
      });
    });

    describe('deleting a node', () => {
      it('removes it once', async () => {
        const node = await cluster.addNode(WORKER);
        expect(await port.deleteNode(node)).toBe('deleted');
        expect(await nodeNow(WORKER.name)).toBeUndefined();
        expect(await port.deleteNode(node)).toBe('gone');
      });

      it('spares another one under its name', async () => {
        const node = await cluster.addNode(WORKER);
        const former = { ...node, uid: '00000000-0000-0000-0000-000000000000' };
        expect(await port.deleteNode(former)).toBe('gone');
        expect(await nodeNow(WORKER.name)).toMatchObject({ uid: node.uid });
      });
    });

    describe('with the API server out of reach', () => {
      it('rejects, or says try again, and works when it is back', async () => {
        const node = await cluster.addNode(WORKER);
        const pod = await cluster.addPod({ ...SHOP, node: WORKER.name });
        await cluster.disconnect();
        const unreachable = { code: 'kubernetes-unreachable', fault: { retryable: true } };
        await expect(port.listNodes()).rejects.toMatchObject(unreachable);
        await expect(port.listPods()).rejects.toMatchObject(unreachable);
        await expect(port.listBudgets()).rejects.toMatchObject(unreachable);
        await expect(port.markNode(node, 'op1')).rejects.toMatchObject(unreachable);
        await expect(port.unmarkNode(node, 'op1')).rejects.toMatchObject(unreachable);
        await expect(port.deleteNode(node)).rejects.toMatchObject(unreachable);
        await expect(port.deletePod({ ...pod, graceSeconds: 3 })).rejects.toMatchObject(unreachable);
        expect(await port.evict(pod)).toMatchObject({ kind: 'try-again', fault: { code: unreachable.code } });
        await cluster.reconnect();
        expect(await nodeNow(WORKER.name)).toMatchObject({ markedBy: null });
        expect(await podNow(pod)).toMatchObject({ terminating: false });
      });
    });
  });
}
