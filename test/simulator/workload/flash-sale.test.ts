import { curveProblems, valueAt } from '../../../simulator/workload/curve';
import { FLASH_SALE, flashSale, flashSaleCurve } from '../../../simulator/workload/flash-sale';
import { modelProblems, replicasAt } from '../../../simulator/workload/workload-model';

describe('the flash sale', () => {
  const curve = flashSaleCurve({
    ...FLASH_SALE,
    baselineSeconds: 100,
    riseSeconds: 50,
    plateauSeconds: 200,
    fallSeconds: 100,
    restSeconds: 60,
  });

  it.each([
    [0, FLASH_SALE.baselineCores],
    [100, FLASH_SALE.baselineCores],
    [125, (FLASH_SALE.baselineCores + FLASH_SALE.peakCores) / 2],
    [150, FLASH_SALE.peakCores],
    [350, FLASH_SALE.peakCores],
    [450, FLASH_SALE.baselineCores],
    [510, FLASH_SALE.baselineCores],
  ])('wants at %d s %d cores', (seconds, cores) => {
    expect(valueAt(curve, seconds)).toBeCloseTo(cores, 9);
  });

  it('is a script without mistakes that ends after its rest', () => {
    const script = flashSale({ restSeconds: 60 });
    const { baselineSeconds, riseSeconds, plateauSeconds, fallSeconds } = FLASH_SALE;
    expect(script.durationSeconds).toBe(baselineSeconds + riseSeconds + plateauSeconds + fallSeconds + 60);
    expect(curveProblems(curve)).toEqual([]);
    expect(script.workloads.flatMap(modelProblems)).toEqual([]);
  });

  it('makes the shop grow to what the peak needs and shrink again', () => {
    const shop = flashSale({ peakCores: 6 }).workloads.find(({ name }) => name === 'shop');
    if (!shop) throw new Error('no shop');
    const at = (seconds: number) => replicasAt(shop, seconds, 1);
    expect(at(0)).toBe(Math.ceil(FLASH_SALE.baselineCores / 0.3));
    expect(at(FLASH_SALE.baselineSeconds + FLASH_SALE.riseSeconds)).toBe(20);
    expect(at(1e6)).toBe(at(0));
  });
});
