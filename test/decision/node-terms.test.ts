import { matches, type Selected } from '../../webhook/decision/node-terms';
import type { Requirement } from '../../webhook/model/observation';

const node: Selected = { labels: { disk: 'ssd', cores: '8', release: '1.2', minus: '-3' }, name: 'i-1' };
const term = (...labels: Requirement[]) => ({ labels, fields: [] });
const needs = (key: string, operator: Requirement['operator'], ...values: string[]): Requirement => ({
  key,
  operator,
  values,
});

describe('a condition on a label', () => {
  it.each<[Requirement, boolean]>([
    [needs('disk', 'In', 'hdd', 'ssd'), true],
    [needs('disk', 'In', 'hdd'), false],
    [needs('other', 'In', 'ssd'), false],
    [needs('disk', 'NotIn', 'hdd'), true],
    [needs('disk', 'NotIn', 'ssd'), false],
    [needs('other', 'NotIn', 'ssd'), true],
    [needs('disk', 'Exists'), true],
    [needs('other', 'Exists'), false],
    [needs('toString', 'Exists'), false],
    [needs('other', 'DoesNotExist'), true],
    [needs('disk', 'DoesNotExist'), false],
    [needs('cores', 'Gt', '7'), true],
    [needs('cores', 'Gt', '8'), false],
    [needs('cores', 'Gt', '10'), false],
    [needs('cores', 'Lt', '10'), true],
    [needs('cores', 'Lt', '8'), false],
    [needs('minus', 'Lt', '-2'), true],
    [needs('other', 'Lt', '8'), false],
    [needs('other', 'Gt', '-8'), false],
    [needs('release', 'Gt', '1'), false],
    [needs('cores', 'Gt', '1', '2'), false],
    [needs('cores', 'Gt', 'few'), false],
  ])('%j holds: %s', (requirement, expected) => {
    expect(matches([term(requirement)], node)).toBe(expected);
  });
});

describe('terms', () => {
  const ssd = needs('disk', 'In', 'ssd');
  const hdd = needs('disk', 'In', 'hdd');

  it('hold when one of them does, with all of its conditions', () => {
    expect(matches([term(hdd), term(ssd)], node)).toBe(true);
    expect(matches([term(hdd, ssd)], node)).toBe(false);
    expect(matches([], node)).toBe(false);
  });

  it('without conditions hold of no node', () => {
    expect(matches([term()], node)).toBe(false);
  });

  it('may ask for the name, which nobody knows of a node that is still to be made', () => {
    const named = (operator: Requirement['operator']) => ({
      labels: [],
      fields: [needs('metadata.name', operator, 'i-1')],
    });
    expect(matches([named('In')], node)).toBe(true);
    expect(matches([named('NotIn')], node)).toBe(false);
    expect(matches([named('In')], { labels: {} })).toBe(false);
    expect(matches([named('NotIn')], { labels: {} })).toBe(true);
    expect(matches([{ labels: [], fields: [needs('spec.foo', 'NotIn', 'x')] }], node)).toBe(false);
  });
});
