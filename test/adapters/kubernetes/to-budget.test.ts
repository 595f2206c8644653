import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Raw } from '../../../webhook/adapters/kubernetes/raw';
import { toBudget } from '../../../webhook/adapters/kubernetes/to-budget';

const FIXTURES = join(__dirname, '../../fixtures/kubernetes');

function recorded(name: string): readonly Raw<V1PodDisruptionBudget>[] {
  const { response } = JSON.parse(readFileSync(join(FIXTURES, name), 'utf8')) as {
    response: { body: { items: readonly Raw<V1PodDisruptionBudget>[] } };
  };
  return response.body.items;
}

const current: Raw<V1PodDisruptionBudget> = {
  metadata: { namespace: 'shop', name: 'web', generation: 2 },
  spec: { selector: {} },
  status: { observedGeneration: 2, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 },
};

describe('a budget', () => {
  it('of a real API server is read', () => {
    expect(recorded('pdb-list.json').map(toBudget)).toEqual([
      {
        namespace: 'evict',
        name: 'web',
        selector: [{ key: 'app', operator: 'In', values: ['web'] }],
        disruptionsAllowed: 1,
        currentHealthy: 3,
        desiredHealthy: 2,
        isCurrent: true,
        sparesUnready: false,
      },
    ]);
    expect(recorded('pdb-list-used-up.json').map(toBudget)).toMatchObject([{ disruptionsAllowed: 0 }]);
  });

  it('with an empty selector covers everything, with none nothing', () => {
    expect(toBudget(current).selector).toEqual([]);
    expect(toBudget({ ...current, spec: {} }).selector).toBeNull();
  });

  it('whose last change its controller has not seen is not current', () => {
    expect(toBudget(current).isCurrent).toBe(true);
    expect(toBudget({ ...current, metadata: { generation: 3 } }).isCurrent).toBe(false);
  });

  it('that nobody has looked at yet allows nothing', () => {
    const { status: _none, ...fresh } = current;
    expect(toBudget(fresh)).toMatchObject({ disruptionsAllowed: 0, isCurrent: false });
  });

  it('may always spare pods that are not Ready', () => {
    const policy = (unhealthyPodEvictionPolicy: string) =>
      toBudget({ ...current, spec: { unhealthyPodEvictionPolicy } }).sparesUnready;
    expect([policy('AlwaysAllow'), policy('IfHealthyBudget')]).toEqual([true, false]);
  });
});
