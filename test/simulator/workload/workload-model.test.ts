import type { WorkloadModel } from '../../../simulator/workload/workload-model';
import { modelProblems, replicasAt, withDemand } from '../../../simulator/workload/workload-model';

const SHOP: WorkloadModel = {
  name: 'shop',
  namespace: 'default',
  requests: { cpu: '500m', memory: '256Mi' },
  replicas: { cpuPerPod: 0.1, min: 2, max: 20 },
  cpu: {
    total: [
      [0, 0.3],
      [100, 10],
    ],
  },
  memory: { perPod: 1 },
};

describe('replicas of a workload', () => {
  it.each([
    [0, 3],
    [10, 13],
    [100, 20],
  ])('follow the demand as an autoscaler would: at %d s there are %d', (seconds, replicas) => {
    expect(replicasAt(SHOP, seconds, 1)).toBe(replicas);
  });

  it('keep to the minimum, to a number and to a curve', () => {
    expect(replicasAt(withDemand(SHOP, 'cpu', 0), 0, 5)).toBe(2);
    expect(replicasAt({ ...SHOP, replicas: 7 }, 50, 1)).toBe(7);
    expect(
      replicasAt(
        {
          ...SHOP,
          replicas: [
            [0, 0],
            [10, 5],
          ],
        },
        5,
        1,
      ),
    ).toBe(3);
  });

  it('grow by the load of the pods that there are, when each has its own', () => {
    expect(replicasAt({ ...SHOP, cpu: { perPod: 0.2 } }, 0, 4)).toBe(8);
  });
});

describe('a workload model', () => {
  it('names every mistaken field', () => {
    const wrong: WorkloadModel = { ...SHOP, cpu: { total: [] }, memory: { perPod: -1 }, replicas: [[0, NaN]] };
    expect(modelProblems(wrong).map((problem) => problem.split(':')[0])).toEqual([
      'default/shop cpu',
      'default/shop memory',
      'default/shop replicas',
    ]);
    expect(modelProblems(SHOP)).toEqual([]);
  });
});
