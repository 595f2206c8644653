import { budgetCounts, share } from '../../../simulator/kubernetes/budget-arithmetic';
import { ApiError } from '../../../simulator/kubernetes/api-error';
import { evict } from '../../../simulator/kubernetes/eviction';
import type { BudgetSpec } from '../../../simulator/kubernetes/new-budget';
import type { KubePod } from '../../../simulator/kubernetes/objects';
import type { WorkloadKind } from '../../../simulator/kubernetes/workload';
import { makeCluster, type TestCluster } from './test-cluster';

function withWorkload(replicas: number, budget: Partial<BudgetSpec>, kind: WorkloadKind = 'Deployment'): TestCluster {
  const cluster = makeCluster({ podStopMs: [1_000, 1_000] });
  cluster.addReadyNodes('n1', 'n2');
  cluster.createWorkload({ name: 'web', namespace: 'default', kind, replicas });
  cluster.createBudget({ name: 'web', namespace: 'default', ...budget });
  cluster.pass(0);
  cluster.pass(10);
  return cluster;
}

function counts(cluster: TestCluster) {
  const { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed } = cluster.budgets()[0]!.status;
  return [expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed];
}

/** 201, or the code of the refusal. */
function tryEviction(cluster: TestCluster, pod: KubePod | undefined): number {
  if (pod === undefined) throw new Error('no such pod');
  const { name, namespace = '' } = pod.metadata;
  try {
    evict(cluster.world, { name, namespace });
    return 201;
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}

describe('a budget counts [expected, healthy, desired, allowed]', () => {
  it.each([
    [{ minAvailable: 3 }, 5, [5, 5, 3, 2]],
    [{ minAvailable: 5 }, 5, [5, 5, 5, 0]],
    [{ minAvailable: 9 }, 5, [5, 5, 9, 0]],
    [{ minAvailable: '50%' }, 5, [5, 5, 3, 2]],
    [{ minAvailable: '0%' }, 5, [5, 5, 0, 5]],
    [{ minAvailable: '100%' }, 5, [5, 5, 5, 0]],
    [{ maxUnavailable: 1 }, 5, [5, 5, 4, 1]],
    [{ maxUnavailable: 0 }, 5, [5, 5, 5, 0]],
    [{ maxUnavailable: 9 }, 5, [5, 5, 0, 5]],
    [{ maxUnavailable: '30%' }, 5, [5, 5, 3, 2]],
    [{ maxUnavailable: '1%' }, 5, [5, 5, 4, 1]],
  ])('%j of %i replicas: %j', (budget, replicas, expected) => {
    expect(counts(withWorkload(replicas, budget))).toEqual(expected);
  });

  it('pods that are Ready only', () => {
    const cluster = withWorkload(2, { minAvailable: 1 });
    cluster.scaleWorkload('web', 4);
    cluster.tick();
    expect(counts(cluster)).toEqual([4, 2, 1, 1]);
    cluster.pass(10);
    expect(counts(cluster)).toEqual([4, 4, 1, 3]);
  });

  it('for maxUnavailable what the owner wants, not what there is', () => {
    const cluster = withWorkload(4, { maxUnavailable: 1 });
    cluster.instanceGone('i-n1');
    cluster.pass(40);
    expect(counts(cluster)).toEqual([4, 2, 3, 0]);
  });

  it('bare pods for minAvailable as a number, and never otherwise', () => {
    expect(counts(withWorkload(3, { minAvailable: 1 }, 'Bare'))).toEqual([3, 3, 1, 2]);
    expect(counts(withWorkload(3, { minAvailable: '10%' }, 'Bare'))).toEqual([0, 3, 0, 0]);
    expect(counts(withWorkload(3, { maxUnavailable: 3 }, 'Bare'))).toEqual([0, 3, 0, 0]);
  });

  it('leaves out what the API server let go', () => {
    const pods = withWorkload(3, { minAvailable: 1 }).podsOf('web');
    const disrupted = new Set([pods[0]!.metadata.name]);
    expect(budgetCounts({ minAvailable: 1 }, pods, { disrupted, desiredBy: () => 3 })).toMatchObject({
      currentHealthy: 2,
      disruptionsAllowed: 1,
    });
  });

  it('refuses what is neither a number nor a percentage', () => {
    expect(() => share('half', 4)).toThrow('neither a number nor a percentage');
  });
});

describe('evictions under a budget', () => {
  it('are refused from the moment it is used up until the replacement is Ready', () => {
    const cluster = withWorkload(3, { minAvailable: 2 });
    const [first, second] = cluster.podsOf('web');
    expect([tryEviction(cluster, first), tryEviction(cluster, second)]).toEqual([201, 429]);
    cluster.pass(1.5);
    expect(
      cluster
        .podsOf('web')
        .map(({ status }) => status.phase)
        .sort(),
    ).toEqual(['Pending', 'Running', 'Running']);
    expect(tryEviction(cluster, second)).toBe(429);
    cluster.pass(10);
    expect(tryEviction(cluster, second)).toBe(201);
  });

  it('take no more than allowed when they all come between two looks of the controller', () => {
    const cluster = withWorkload(10, { maxUnavailable: 3 });
    const answers = cluster.podsOf('web').map((pod) => tryEviction(cluster, pod));
    expect(answers.filter((code) => code === 201)).toHaveLength(3);
    expect(cluster.budgets()[0]!.status).toMatchObject({ disruptionsAllowed: 0, observedGeneration: 1 });
    expect(Object.keys(cluster.budgets()[0]!.status.disruptedPods ?? {})).toHaveLength(3);
    cluster.tick();
    expect(cluster.budgets()[0]!.status.disruptedPods).toBeUndefined();
  });

  it('of a namespace are not held up by a budget of another', () => {
    const cluster = withWorkload(2, { namespace: 'elsewhere', minAvailable: 2 });
    expect(tryEviction(cluster, cluster.podsOf('web')[0])).toBe(201);
  });

  it('of a drained node never leave fewer healthy pods than the budget wants', () => {
    const cluster = withWorkload(6, { minAvailable: 4 });
    cluster.cordonByHand('n1');
    const healthy: number[] = [];
    for (let step = 0; step < 400; step += 1) {
      for (const pod of cluster.podsOfNode('n1')) tryEviction(cluster, pod);
      cluster.pass(0.1);
      healthy.push(cluster.budgets()[0]!.status.currentHealthy);
    }
    expect(Math.min(...healthy)).toBe(4);
    expect(cluster.podsOfNode('n1')).toEqual([]);
    expect(cluster.podsOfNode('n2')).toHaveLength(6);
  });
});
