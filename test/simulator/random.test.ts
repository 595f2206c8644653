import { randomHex, seededRandom } from '../../simulator/random';

describe('seeded random numbers', () => {
  it('are the same for the same seed and others for another', () => {
    const [one, two, three] = [1, 1, 2].map((seed) => {
      const random = seededRandom(seed);
      return Array.from({ length: 50 }, random);
    });
    expect(one).toEqual(two);
    expect(one).not.toEqual(three);
  });

  it('are spread evenly over [0, 1)', () => {
    const random = seededRandom(42);
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let count = 0; count < 10_000; count += 1) {
      const number = random();
      expect(number >= 0 && number < 1).toBe(true);
      const bucket = Math.floor(number * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(Math.min(...buckets)).toBeGreaterThan(900);
    expect(Math.max(...buckets)).toBeLessThan(1100);
  });

  it('make hexadecimal digits', () => {
    expect(randomHex(seededRandom(1), 17)).toMatch(/^[0-9a-f]{17}$/);
    expect(new Set(randomHex(seededRandom(1), 500)).size).toBe(16);
  });
});
