import { curveProblems, valueAt } from '../../../simulator/workload/curve';

describe('a piecewise-linear curve', () => {
  const curve = [
    [10, 1],
    [20, 5],
    [20, 8],
    [40, 8],
    [50, 0],
  ] as const;

  it.each([
    [-5, 1],
    [10, 1],
    [15, 3],
    [19.999999, 5],
    [20, 8],
    [30, 8],
    [45, 4],
    [50, 0],
    [1e9, 0],
  ])('at %d s is %d', (seconds, value) => {
    expect(valueAt(curve, seconds)).toBeCloseTo(value, 5);
  });

  it('reads every problem of its points, not the first', () => {
    const problems = curveProblems([
      [10, 1],
      [5, -1],
      [20, NaN],
    ]);
    expect(problems).toHaveLength(3);
    expect(curveProblems([])).toEqual(['a curve needs at least one point']);
    expect(curveProblems(curve)).toEqual([]);
  });
});
