import { kubernetesContract } from './kubernetes-contract';
import { startSimulatedKubernetes } from './kubernetes-simulator-harness';
import type { SimulatedKubernetes } from './kubernetes-simulator-harness';

kubernetesContract('the adapter and the simulator over HTTP', startSimulatedKubernetes);

describe('the adapter on a bad day of the simulator', () => {
  let kubernetes: SimulatedKubernetes;
  beforeEach(async () => {
    kubernetes = await startSimulatedKubernetes();
  });
  afterEach(() => kubernetes.stop());

  const WORKER = { name: 'i-0a1b', pool: 'workers' };
  const unreachable = { code: 'kubernetes-unreachable' };

  it('reads every pod of a cluster of many pages once, though the list expires under way', async () => {
    kubernetes.cluster.createWorkload({ name: 'shop', namespace: 'default', kind: 'Deployment', replicas: 1_200 });
    await kubernetes.settle();
    let pages = 0;
    kubernetes.api.before = () => {
      pages += 1;
      if (pages === 2) kubernetes.api.expireContinueTokens();
    };
    const pods = await kubernetes.port.listPods();
    expect(new Set(pods.map(({ uid }) => uid)).size).toBe(1_200);
    expect(pods).toHaveLength(1_200);
    expect(pages).toBe(5);
  });

  it('marks a node for good when the answer to the first attempt was lost', async () => {
    const node = await kubernetes.addNode(WORKER);
    kubernetes.api.gate.loseNextReply({ method: 'PATCH' });
    await expect(kubernetes.port.markNode(node, 'op1')).rejects.toMatchObject(unreachable);
    expect(await kubernetes.port.markNode(node, 'op1')).toBe('marked');
    expect(await kubernetes.port.listNodes()).toMatchObject([{ cordoned: true, markedBy: 'op1' }]);
  });

  it('deletes a node for good when the answer to the first attempt was lost', async () => {
    const node = await kubernetes.addNode(WORKER);
    kubernetes.api.gate.loseNextReply({ method: 'DELETE' });
    await expect(kubernetes.port.deleteNode(node)).rejects.toMatchObject(unreachable);
    expect(await kubernetes.port.deleteNode(node)).toBe('gone');
  });

  it('says how long to wait when the server asks for it', async () => {
    await kubernetes.addNode(WORKER);
    const pod = await kubernetes.addPod({ namespace: 'default', name: 'shop-1', node: WORKER.name });
    kubernetes.api.gate.failNext({ status: 429, retryAfterSeconds: 3 }, { url: /eviction$/ });
    expect(await kubernetes.port.evict(pod)).toMatchObject({ kind: 'try-again', retryAfterMs: 3_000 });
    expect(await kubernetes.port.evict(pod)).toEqual({ kind: 'accepted' });
  });
});
