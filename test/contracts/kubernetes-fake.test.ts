import { parseQuantity } from '../../webhook/adapters/kubernetes/quantities';
import { FakeKubernetes } from '../fakes/fake-kubernetes';
import { kubernetesContract } from './kubernetes-contract';
import type { KubernetesHarness } from './kubernetes-contract';

function fakeHarness(): KubernetesHarness {
  const fake = new FakeKubernetes();
  const done = () => Promise.resolve();
  return {
    port: fake,
    addNode: ({ pool, ...node }) => {
      const heldOff = node.taints?.some(({ key }) => key === 'smartscale/startup') === true;
      const waiting = heldOff ? { ready: false, awaitsAdmission: true as const } : {};
      return Promise.resolve(refOf(fake.addNode({ ...node, ...waiting, pool: pool ?? null })));
    },
    addPod: ({ requests, ...pod }) =>
      Promise.resolve(
        podRefOf(
          fake.addPod({
            ...pod,
            ...(requests && {
              requests: { cpu: parseQuantity(requests.cpu), memory: parseQuantity(requests.memory), pods: 1 },
            }),
          }),
        ),
      ),
    addBudget: async ({ minAvailable, ...budget }) => {
      const covered = (await fake.listPods()).filter(({ labels }) => labels['app'] === budget.labels['app']);
      fake.budgets.push({ ...budget, allowed: covered.length - minAvailable });
    },
    addVolume: ({ namespace, claim, zone }) => {
      const inZone = { key: 'topology.kubernetes.io/zone', operator: 'In' as const, values: [zone] };
      fake.claims.push({ namespace, name: claim, volume: `pv-${claim}`, nodes: [{ labels: [inZone], fields: [] }] });
      return done();
    },
    attach: (attachment) => done().then(() => void fake.attachments.push(attachment)),
    cordon: (node, cordoned) => done().then(() => fake.cordon(node, cordoned)),
    removeNode: (node) => done().then(() => fake.removeNode(node)),
    raceNext: (node) => done().then(() => fake.raceNext(node)),
    settle: done,
    finishTerminating: () => done().then(() => void fake.finishTerminating()),
    disconnect: () => done().then(() => void (fake.unreachable = true)),
    reconnect: () => done().then(() => void (fake.unreachable = false)),
    stop: done,
  };
}

const refOf = ({ name, uid }: { name: string; uid: string }) => ({ name, uid });
const podRefOf = ({ namespace, name, uid }: { namespace: string; name: string; uid: string }) => ({
  namespace,
  name,
  uid,
});

kubernetesContract('the fake', () => Promise.resolve(fakeHarness()));

describe('the fake besides the port', () => {
  it('fails as often as it was told to, then works', async () => {
    const fake = new FakeKubernetes();
    fake.failNext('listNodes', 'kubernetes-forbidden');
    fake.failNext('listNodes');
    await expect(fake.listNodes()).rejects.toMatchObject({ code: 'kubernetes-forbidden' });
    await expect(fake.listNodes()).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
    expect(await fake.listNodes()).toEqual([]);
  });

  it('turns a failure of an eviction into an answer, as the port says', async () => {
    const fake = new FakeKubernetes();
    const pod = fake.addPod();
    fake.failNext('evict', 'kubernetes-forbidden');
    fake.failNext('evict');
    expect(await fake.evict(pod)).toMatchObject({ kind: 'failed', fault: { code: 'kubernetes-forbidden' } });
    expect(await fake.evict(pod)).toMatchObject({ kind: 'try-again' });
    expect(await fake.evict(pod)).toEqual({ kind: 'accepted' });
  });

  it('gives scripted answers first', async () => {
    const fake = new FakeKubernetes();
    const pod = fake.addPod();
    fake.answerEvictions(pod, { kind: 'refused-by-budget', retryAfterMs: 10_000, message: 'no' }, { kind: 'accepted' });
    expect(await fake.evict(pod)).toMatchObject({ kind: 'refused-by-budget', retryAfterMs: 10_000 });
    expect(await fake.evict(pod)).toEqual({ kind: 'accepted' });
    expect(fake.calls).toEqual([`evict default/${pod.name}`, `evict default/${pod.name}`]);
  });

  it('adds a node with a whole mark, which can be taken off', async () => {
    const fake = new FakeKubernetes();
    const node = fake.addNode({ markedBy: 'op1' });
    expect(node).toMatchObject({ cordoned: true, annotations: { 'smartscale/operation': 'op1' } });
    expect(await fake.unmarkNode(node, 'op1')).toBe('unmarked');
    expect(fake.node(node.name)).toMatchObject({ cordoned: false, markedBy: null, taints: [], annotations: {} });
  });
});
