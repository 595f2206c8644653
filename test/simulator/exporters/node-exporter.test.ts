import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderNodeExporter } from '../../../simulator/exporters/node-exporter';
import { NodeMeter } from '../../../simulator/exporters/node-meter';
import type { ParsedFamily } from '../../support/parse-exposition';
import { parseExposition, samplesOf, valueOf } from '../../support/parse-exposition';

const BOOT = 1_700_000_000_000;
const GIB = 2 ** 30;

function scrape(meter: NodeMeter, atSeconds: number): Map<string, ParsedFamily> {
  return parseExposition(renderNodeExporter(meter.read(BOOT + atSeconds * 1000)));
}

function secondsIn(families: Map<string, ParsedFamily>, isBusy: boolean): number {
  return samplesOf(families, 'node_cpu_seconds_total')
    .filter(({ labels }) => (labels['mode'] !== 'idle') === isBusy)
    .reduce((sum, { value }) => sum + value, 0);
}

describe('node-exporter text', () => {
  const recorded = readFileSync(join(__dirname, '../../fixtures/metrics/node-exporter.txt'), 'utf8');

  it('is read whole by the strict parser, and so is the recorded one', () => {
    expect(parseExposition(recorded).size).toBeGreaterThan(40);
    expect(scrape(new NodeMeter(BOOT, { cores: 2, memory: 8 * GIB }), 1).size).toBe(8);
  });

  it('has the families of the recorded one in its order, with its HELP, TYPE and labels', () => {
    const real = parseExposition(recorded);
    const ours = scrape(new NodeMeter(BOOT, { cores: 2, memory: 8 * GIB }), 1);
    const shared = [...ours.keys()].filter((name) => name !== 'node_boot_time_seconds');
    expect([...real.keys()].filter((name) => ours.has(name))).toEqual(shared);
    for (const name of shared) {
      const shape = (family: ParsedFamily | undefined) => ({
        help: family?.help,
        type: family?.type,
        labels: family?.samples.map((sample) => Object.keys(sample.labels)),
      });
      expect(shape(ours.get(name))).toEqual(shape(real.get(name)));
    }
    expect(samplesOf(ours, 'node_cpu_seconds_total').map((sample) => sample.labels)).toEqual(
      samplesOf(real, 'node_cpu_seconds_total').map((sample) => sample.labels),
    );
  });

  it('writes numbers as the recorded one does', () => {
    const lines = recorded.split('\n').filter((line) => line.startsWith('node_memory_MemTotal_bytes'));
    const text = renderNodeExporter(new NodeMeter(BOOT, { cores: 1, memory: 2.5276514304e10 }).read(BOOT));
    expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
  });
});

describe('node-exporter counters', () => {
  it('count 10 busy core-seconds when 2 cores are half busy for 10 s', () => {
    const meter = new NodeMeter(BOOT, { cores: 2, memory: 8 * GIB });
    meter.set(BOOT, { cpu: 1, memory: 0 });
    expect(secondsIn(scrape(meter, 10), true)).toBeCloseTo(10, 1);
    expect(secondsIn(scrape(meter, 10), false)).toBeCloseTo(10, 1);
  });

  it.each([
    [0, 0],
    [0.5, 50],
    [4, 100],
    [9, 100],
  ])('read by 100 x (1 - rate(idle)): %d busy of 4 cores is %d %%', (cpu, percent) => {
    const meter = new NodeMeter(BOOT, { cores: cpu === 0.5 ? 1 : 4, memory: 8 * GIB });
    meter.set(BOOT, { cpu, memory: 0 });
    const [before, after] = [scrape(meter, 100), scrape(meter, 400)];
    const cpus = samplesOf(after, 'node_cpu_seconds_total', { mode: 'idle' });
    const rates = cpus.map(({ labels, value }) => (value - valueOf(before, 'node_cpu_seconds_total', labels)) / 300);
    const idle = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    expect(100 * (1 - idle)).toBeCloseTo(percent, 1);
  });

  it('integrate every change between two scrapes, however short', () => {
    const meter = new NodeMeter(BOOT, { cores: 2, memory: 8 * GIB });
    for (let at = 0; at < 10_000; at += 50) meter.set(BOOT + at, { cpu: (at / 50) % 2 === 0 ? 2 : 0, memory: 0 });
    const { busySeconds, idleSeconds } = meter.read(BOOT + 10_000);
    expect(busySeconds).toBeCloseTo(10, 9);
    expect(idleSeconds).toBeCloseTo(10, 9);
  });

  it('never fall, not even when the clock goes back', () => {
    const meter = new NodeMeter(BOOT, { cores: 2, memory: 8 * GIB });
    meter.set(BOOT, { cpu: 1.3, memory: 0 });
    const first = scrape(meter, 60);
    meter.set(BOOT + 30_000, { cpu: 0.2, memory: 0 });
    const second = scrape(meter, 59);
    for (const { labels, value } of samplesOf(second, 'node_cpu_seconds_total')) {
      expect(value).toBeGreaterThanOrEqual(valueOf(first, 'node_cpu_seconds_total', labels));
    }
  });

  it('start at zero with every boot', () => {
    const rebooted = new NodeMeter(BOOT + 90_000, { cores: 2, memory: 8 * GIB });
    expect(secondsIn(scrape(rebooted, 90), true)).toBe(0);
    expect(secondsIn(scrape(rebooted, 91), false)).toBeCloseTo(2, 1);
    expect(valueOf(scrape(rebooted, 91), 'node_boot_time_seconds')).toBe((BOOT + 90_000) / 1000);
  });
});

describe('node-exporter memory', () => {
  it('reads the same by MemAvailable and by what is free, cached and buffered', () => {
    const meter = new NodeMeter(BOOT, { cores: 2, memory: 8 * GIB });
    meter.set(BOOT, { cpu: 0, memory: 6 * GIB });
    const families = scrape(meter, 5);
    const [total, available, free, cached, buffers] = ['MemTotal', 'MemAvailable', 'MemFree', 'Cached', 'Buffers'].map(
      (field) => valueOf(families, `node_memory_${field}_bytes`),
    ) as [number, number, number, number, number];
    expect(1 - available / total).toBeCloseTo(0.75, 6);
    expect(free + cached + buffers).toBe(available);
  });

  it('is never used beyond what there is', () => {
    const meter = new NodeMeter(BOOT, { cores: 2, memory: 8 * GIB });
    meter.set(BOOT, { cpu: 0, memory: 9 * GIB });
    expect(valueOf(scrape(meter, 5), 'node_memory_MemAvailable_bytes')).toBe(0);
  });
});
