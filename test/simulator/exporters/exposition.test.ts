import { renderFamilies } from '../../../simulator/exporters/exposition';
import { parseQuantity } from '../../../simulator/exporters/quantity';

function written(value: number): string {
  const text = renderFamilies([{ name: 'x', help: 'h', type: 'gauge', samples: [{ labels: {}, value }] }]);
  return text.split('\n')[2] ?? '';
}

describe('values in the exposition format', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [5295.49, '5295.49'],
    [999_424, '999424'],
    [1_000_000, '1e+06'],
    [1_048_576, '1.048576e+06'],
    [3.5184372087808e13, '3.5184372087808e+13'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-2.5e9, '-2.5e+09'],
    [Infinity, '+Inf'],
    [NaN, 'NaN'],
  ])('%p is written %s, as Go does', (value, text) => {
    expect(written(value)).toBe(`x ${text}`);
  });
});

describe('quantities', () => {
  it.each([
    ['2', 2],
    ['1500m', 1.5],
    ['4Gi', 4 * 2 ** 30],
    ['512Mi', 512 * 2 ** 20],
    ['100M', 1e8],
    ['1e3', 1000],
    ['.5', 0.5],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 9);
  });

  it.each(['', 'Gi', '4gb', '1 Gi', 'NaN'])('%p is refused', (text) => {
    expect(() => parseQuantity(text)).toThrow(RangeError);
  });
});
