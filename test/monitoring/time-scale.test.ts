import { readFile } from 'node:fs/promises';
import { SHIPPED } from '../../simulator/monitoring/shipped-files';
import { DURATIONS, durationMs, scaleDuration, scaleText } from '../../simulator/monitoring/time-scale';

const DURATION_IN_VALUE = /^\s*(?:- )?['"]?([\w.-]+)['"]?: ['"]?((?:\d+(?:ms|[smhdwy]))+)['"]?$/;

describe('a time scale', () => {
  it.each([
    ['5s', 30, '167ms'],
    ['15s', 30, '500ms'],
    ['3m', 30, '6s'],
    ['1m30s', 30, '3s'],
    ['115s', 30, '3833ms'],
    ['10m', 10, '60s'],
    ['1ms', 30, '1ms'],
    ['0s', 30, '0s'],
    ['1h', 0.5, '7200s'],
    ['1m30s', 1, '1m30s'],
  ])('divides %s by %d to %s', (duration, scale, expected) => {
    expect(scaleDuration(duration, scale)).toBe(expected);
  });

  it('reads every unit', () => {
    expect(durationMs('1w2d3h4m5s6ms')).toBe(788_645_006);
  });

  it('divides ranges, subqueries and offsets of PromQL and leaves the rest of an expression', () => {
    expect(scaleText('rate(a{b="[5x]"}[2m]) > (max_over_time(c[10m:1m]) offset 5m) + d offset -1m', 60)).toBe(
      'rate(a{b="[5x]"}[2s]) > (max_over_time(c[10s:1s]) offset 5s) + d offset -1s',
    );
    expect(scaleText('avg_over_time(a[5m:])', 60)).toBe('avg_over_time(a[5s:])');
  });

  it('divides values of known keys, whatever the style', () => {
    expect(scaleText("for: 3m\n  - interval: '15s' # why\n{ group_wait: 45s, receiver: a }", 15)).toBe(
      "for: 12s\n  - interval: '1s' # why\n{ group_wait: 3s, receiver: a }",
    );
  });

  it('leaves time-outs, comments and prose alone', () => {
    const text = 'scrape_timeout: 10s\n# for: 3m\nsummary: over 70 % for 3m\nquery.timeout: 2m';
    expect(scaleText(text, 30)).toBe(text);
  });

  it('refuses a duration that nobody has decided about, and names its line', () => {
    expect(() => scaleText('for: 3m\nbrand_new_delay: 5m', 30)).toThrow(/line 2: .*brand_new_delay: 5m.*DURATIONS/);
  });

  it.each([0, -1, NaN, Infinity])('refuses %d', (scale) => {
    expect(() => scaleText('for: 3m', scale)).toThrow('time scale');
  });

  it.each(Object.entries(SHIPPED))('of 1 leaves %s byte for byte', async (_, file) => {
    const text = await readFile(file, 'utf8');
    expect(scaleText(text, 1)).toBe(text);
  });

  // Rights have no durations.
  const { clusterRole: _rights, ...timed } = SHIPPED;
  it.each(Object.entries(timed))('divides every policy duration of %s', async (_, file) => {
    const text = await readFile(file, 'utf8');
    const before = durations(text);
    const after = durations(scaleText(text, 10));
    expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
    before.forEach(({ key, ms }, index) => expect(after[index]?.ms).toBe(DURATIONS[key] === 'kept' ? ms : ms / 10));
    expect(before.length + (text.match(/\[\d/g) ?? []).length).toBeGreaterThan(0);
  });
});

function durations(text: string): { key: string; ms: number }[] {
  return text
    .split('\n')
    .map((line) => DURATION_IN_VALUE.exec(line))
    .flatMap((match) => (match ? [{ key: match[1] ?? '', ms: durationMs(match[2] ?? '') }] : []));
}
