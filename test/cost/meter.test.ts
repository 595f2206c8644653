import fc from 'fast-check';
import { billedBetween } from '../../webhook/cost/billed-time';
import { EndMemory } from '../../webhook/cost/end-memory';
import { counted, newMonth, type MeterReading, type Metered } from '../../webhook/cost/meter';
import { beginOf, endOf, monthBefore, monthOf } from '../../webhook/cost/months';
import { forecastOf, savingsOf, spentBy } from '../../webhook/cost/month-sums';
import { byPlace } from '../../webhook/cost/price-book';
import { staticFleetOf } from '../../webhook/cost/static-fleet';
import { anInstance, aPolicy, aPriceBook, MINUTE, NOW, SECOND, workers } from '../support/builders';

const HOUR = 60 * MINUTE;
const BEGIN = beginOf('2026-01');

function life(launchedAt: number, endedAt: number | null = null, traits: Partial<Metered['instance']> = {}): Metered {
  return { instance: { ...anInstance('i-1'), ...traits }, launchedAt, endedAt };
}

function reading(lives: readonly Metered[], overrides: Partial<MeterReading> = {}): MeterReading {
  const staticFleet = { nodes: 10, dollarsPerHour: 0.1 };
  return { lives, seenAt: NOW, book: aPriceBook(), staticFleet, ...overrides };
}

describe('the time that EC2 bills', () => {
  const begin = 1_000_000;

  it.each<[string, number | null, readonly [number, number], number]>([
    ['from the launch on', null, [begin - HOUR, begin + HOUR], HOUR],
    ['nothing before the launch', null, [begin - HOUR, begin], 0],
    ['a minute at least', begin + 10 * SECOND, [begin, begin + HOUR], MINUTE],
    ['the first minute at its begin', null, [begin, begin + SECOND], MINUTE],
    ['the first minute once', null, [begin + SECOND, begin + MINUTE], 0],
    ['up to the end', begin + HOUR, [begin + 30 * MINUTE, begin + 9 * HOUR], 30 * MINUTE],
    ['nothing after the end', begin + HOUR, [begin + HOUR, begin + 9 * HOUR], 0],
  ])('is %s', (_what, endedAt, [from, to], expected) => {
    expect(billedBetween({ launchedAt: begin, endedAt }, from, to)).toBe(expected);
  });

  it('adds up, however a stretch is divided', () => {
    const time = fc.integer({ min: 0, max: 10 * HOUR });
    fc.assert(
      fc.property(time, fc.option(time), fc.array(time, { minLength: 2 }), (launchedAt, lasts, cuts) => {
        const it = { launchedAt, endedAt: lasts === null ? null : launchedAt + lasts };
        const at = cuts.toSorted((a, b) => a - b);
        const parts = at.slice(1).map((to, i) => billedBetween(it, at[i] ?? 0, to));
        const whole = billedBetween(it, at[0] ?? 0, at.at(-1) ?? 0);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(whole);
      }),
    );
  });
});

describe('a month', () => {
  it.each([
    ['2026-11', '2026-10', 30],
    ['2026-01', '2025-12', 31],
    ['2028-02', '2028-01', 29],
  ])('%s follows on %s and has %d days, in UTC', (month, before, days) => {
    expect(monthBefore(month)).toBe(before);
    expect(endOf(month) - beginOf(month)).toBe(days * 24 * HOUR);
    expect([monthOf(beginOf(month)), monthOf(endOf(month) - 1), monthOf(beginOf(month) - 1)]).toEqual([
      month,
      month,
      before,
    ]);
  });

  it('counts real instance-hours at their price, and what they would have cost on demand', () => {
    const spot = byPlace([{ type: 'm6i.large', zone: 'eu-central-1a', dollarsPerHour: 0.04, since: NOW }]);
    const lives = [life(NOW - 10 * HOUR), life(NOW - HOUR, NOW - HOUR / 2, { type: 'm6i.large', lifecycle: 'spot' })];
    const month = newMonth('2026-01', NOW - 2 * HOUR);
    const after = counted(month, NOW, reading(lives, { book: aPriceBook({ spot }) }));
    expect(after).toMatchObject({
      revision: 1,
      from: NOW - 2 * HOUR,
      through: NOW,
      instanceHours: 2.5,
      unpricedHours: 0,
    });
    expect(after.spent).toBeCloseTo(2 * 0.1035 + 0.5 * 0.04, 10);
    expect(after.onDemand).toBeCloseTo(2 * 0.1035 + 0.5 * 0.115, 10);
    expect(after.staticFleet).toBeCloseTo(2 * 10 * 0.1, 10);
    const savings = savingsOf(after);
    expect(savings.againstOnDemand).toBeCloseTo(0.5 * (0.115 - 0.04), 10);
    expect(savings.againstStaticFleet).toBeCloseTo(2 - 2 * 0.1035 - 0.02, 10);
  });

  it('counts a moment once: what was counted is not counted again', () => {
    const month = counted(newMonth('2026-01', NOW - HOUR), NOW, reading([life(NOW - HOUR)]));
    expect(counted(month, NOW, reading([life(NOW - HOUR)]))).toBe(month);
    expect(counted(month, NOW - MINUTE, reading([life(NOW - HOUR)]))).toBe(month);
  });

  it('ends with its last moment, and the next one takes over there', () => {
    const turn = endOf('2026-01');
    const lives = [life(BEGIN)];
    const january = counted(newMonth('2026-01', turn - HOUR), turn + HOUR, reading(lives));
    const february = counted(newMonth('2026-02', turn), turn + HOUR, reading(lives));
    expect([january.through, february.from]).toEqual([turn, turn]);
    expect([january.instanceHours, february.instanceHours]).toEqual([1, 1]);
  });

  it('has hours without a price in no sum, and tells how many', () => {
    const lives = [life(NOW - HOUR), life(NOW - HOUR, null, { type: 'x9.large' })];
    const month = counted(newMonth('2026-01', NOW - HOUR), NOW, reading(lives));
    expect(month).toMatchObject({ instanceHours: 2, unpricedHours: 1, spent: 0.1035, comparable: 0.1035 });
    expect(savingsOf(month)).toEqual({ againstOnDemand: 0, againstStaticFleet: null });
  });

  it('knows no saving against a static fleet whose price was unknown for a while', () => {
    const staticFleet = { nodes: 10, dollarsPerHour: null };
    const month = counted(newMonth('2026-01', NOW - HOUR), NOW, reading([life(NOW - HOUR)], { staticFleet }));
    expect(month).toMatchObject({ staticFleet: 0, staticUnknownMs: HOUR });
    expect(savingsOf(month).againstStaticFleet).toBeNull();
  });

  it('makes up for a gap by what EC2 still lists, and says of what it does not', () => {
    const lives = [life(NOW - 8 * HOUR), life(NOW - 8 * HOUR, NOW - 30 * MINUTE)];
    const month = counted(newMonth('2026-01', NOW - 5 * HOUR), NOW, reading(lives));
    expect(month).toMatchObject({ instanceHours: 9.5, unseenMs: 4 * HOUR });
    const short = counted(newMonth('2026-01', NOW - HOUR), NOW, reading(lives));
    expect(short.unseenMs).toBe(0);
  });

  it('tells what is spent by now, and what it comes to if everything stays as it is', () => {
    const month = { ...newMonth('2026-01', BEGIN), through: NOW - HOUR, spent: 5 };
    const now = { lines: [], dollarsPerHour: 2, unpriced: 0 };
    expect(spentBy(month, now, NOW)).toBe(7);
    expect(spentBy(month, null, NOW)).toBe(5);
    expect(forecastOf(month, now, NOW)).toBe(7 + (2 * (endOf('2026-01') - NOW)) / HOUR);
    expect(forecastOf(month, now, endOf('2026-01') + HOUR)).toBe(spentBy(month, now, endOf('2026-01')));
  });
});

describe('the static fleet', () => {
  it('has as many nodes as max or as the configuration says, of the cheapest type on demand', () => {
    expect(staticFleetOf(aPolicy(), aPriceBook())).toEqual({ nodes: 10, dollarsPerHour: 0.1035 });
    expect(staticFleetOf(aPolicy({ staticFleet: 4 }), aPriceBook())).toMatchObject({ nodes: 4 });
    const unknown = aPolicy({ launch: { ...aPolicy().launch, instanceTypes: ['x9.large'] } });
    expect(staticFleetOf(unknown, aPriceBook()).dollarsPerHour).toBeNull();
  });
});

describe('the end of an instance', () => {
  const at = (time: number, ...instances: readonly ReturnType<typeof anInstance>[]) =>
    workers(0, { at: time, instances });
  const gone = anInstance('i-1', { state: 'terminated' });

  it('is what EC2 says, if it says something', () => {
    const memory = new EndMemory();
    expect(memory.endOf({ ...gone, endedAt: NOW - HOUR })).toBe(NOW - HOUR);
    expect(memory.endOf(anInstance('i-1'))).toBeNull();
  });

  it('is the first look that saw it ended, if the one before saw it run', () => {
    const memory = new EndMemory();
    memory.see(at(NOW, anInstance('i-1')));
    memory.see(at(NOW + 15 * SECOND, gone));
    memory.see(at(NOW + 30 * SECOND, gone));
    expect(memory.endOf(gone)).toBe(NOW + 15 * SECOND);
  });

  it('is unknown, and nothing is counted, if nobody saw it run', () => {
    const memory = new EndMemory();
    memory.see(at(NOW, gone));
    const end = memory.endOf(gone);
    expect(billedBetween({ launchedAt: NOW - HOUR, endedAt: end }, NOW - 30 * MINUTE, NOW)).toBe(0);
  });
});
