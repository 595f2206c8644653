import { parseQuantity } from '../../../webhook/adapters/kubernetes/quantities';
import { SmartScaleError } from '../../../webhook/errors';

describe('a Kubernetes quantity', () => {
  it.each([
    ['2', 2],
    ['0', 0],
    ['1500m', 1.5],
    ['9m', 0.009],
    ['1', 1],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['-1', -1],
    ['+3', 3],
    ['250000u', 0.25],
    ['250000000n', 0.25],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1.5e-3', 0.0015],
    ['128974848', 128_974_848],
    ['129e6', 129_000_000],
    ['129M', 129_000_000],
    ['123Mi', 128_974_848],
    ['4Gi', 4_294_967_296],
    ['1.5Gi', 1_610_612_736],
    ['1Ki', 1024],
    ['2k', 2000],
    ['3T', 3e12],
    ['1Ti', 2 ** 40],
    ['1E', 1e18],
    ['128974848000m', 128_974_848],
  ])('%s is %d', (text, number) => {
    expect(parseQuantity(text)).toBe(number);
  });

  it('that is absent is nothing asked for', () => {
    expect(parseQuantity(undefined)).toBe(0);
  });

  it.each(['', 'much', '1 Gi', '1KiB', '1ki', '0x10', 'Infinity', 'NaN', '1e', '1.2.3', 'm', '1e3Ki'])(
    'that reads "%s" is an error, never a zero',
    (text) => {
      expect(() => parseQuantity(text)).toThrow(SmartScaleError);
    },
  );
});
