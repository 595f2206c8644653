import { selects } from '../../webhook/decision/node-terms';
import type { LabelSelector, Requirement } from '../../webhook/model/observation';
import { SelectorIndex } from '../../webhook/removal/selector-index';
import fc from 'fast-check';

const KEYS = ['app', 'tier', 'zone'];
const VALUES = ['a', 'b', 'c'];
const labels = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES));
const requirement: fc.Arbitrary<Requirement> = fc.record({
  key: fc.constantFrom(...KEYS),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 2 }),
});
const selector: fc.Arbitrary<LabelSelector> = fc.array(requirement, { maxLength: 3 });
const namespaces = fc.option(fc.uniqueArray(fc.constantFrom('x', 'y'), { minLength: 1 }), { nil: null });

test('an index of selectors answers as asking each of them would', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(namespaces, selector)),
      fc.constantFrom('x', 'y'),
      labels,
      (rules, namespace, has) => {
        const index = new SelectorIndex<number>();
        rules.forEach(([where, it], i) => index.add(where, it, i));
        const expected = rules.flatMap(([where, it], i) =>
          (where?.includes(namespace) ?? true) && selects(it, has) ? [i] : [],
        );
        expect([...index.matching({ namespace, labels: has })].sort((a, b) => a - b)).toEqual(expected);
      },
    ),
    { numRuns: 500 },
  );
});
