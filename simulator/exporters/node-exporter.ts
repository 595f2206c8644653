import type { Family, Sample } from './exposition';
import { renderFamilies } from './exposition';
import type { MeterReading } from './node-meter';

/** How busy time divides over the modes; idle is what remains, so that `1 - rate(idle)` is exactly the busy share. */
const BUSY_MODES: Readonly<Record<string, number>> = { softirq: 0.02, system: 0.18, user: 0.8 };
const MODES = ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user'] as const;

/** Of what is not in use: the page cache, which MemAvailable counts as available and MemFree does not. */
const CACHED_SHARE = 0.25;
const BUFFERS_SHARE = 0.02;

/** What node-exporter publishes on /metrics of one machine, in its order. */
export function renderNodeExporter(reading: MeterReading): string {
  return renderFamilies([
    gauge('node_boot_time_seconds', 'Node boot time, in unixtime.', Math.floor(reading.bootedAt / 1000)),
    {
      name: 'node_cpu_seconds_total',
      help: 'Seconds the CPUs spent in each mode.',
      type: 'counter',
      samples: cpuSamples(reading),
    },
    buildInfo(),
    ...memoryFamilies(reading),
  ]);
}

function cpuSamples({ cores, busySeconds, idleSeconds }: MeterReading): Sample[] {
  return Array.from({ length: cores }, (_, cpu) =>
    MODES.map((mode) => {
      const seconds = mode === 'idle' ? idleSeconds : busySeconds * (BUSY_MODES[mode] ?? 0);
      return { labels: { cpu: String(cpu), mode }, value: toTicks(seconds / cores) };
    }),
  ).flat();
}

/** Linux counts CPU time in hundredths of a second. The small addend keeps 0.29 x 100 = 28.999... at 29. */
function toTicks(seconds: number): number {
  return Math.floor(seconds * 100 + 1e-6) / 100;
}

function memoryFamilies({ memory, usedMemory }: MeterReading): Family[] {
  const available = Math.round(memory - usedMemory);
  const cached = Math.round(available * CACHED_SHARE);
  const buffers = Math.round(available * BUFFERS_SHARE);
  return [
    memoryGauge('Buffers', buffers),
    memoryGauge('Cached', cached),
    memoryGauge('MemAvailable', available),
    memoryGauge('MemFree', available - cached - buffers),
    memoryGauge('MemTotal', memory),
  ];
}

function memoryGauge(field: string, bytes: number): Family {
  return gauge(`node_memory_${field}_bytes`, `Memory information field ${field}_bytes.`, bytes);
}

function gauge(name: string, help: string, value: number): Family {
  return { name, help, type: 'gauge', samples: [{ labels: {}, value }] };
}

function buildInfo(): Family {
  return {
    name: 'node_exporter_build_info',
    help: "A metric with a constant '1' value labeled by version, revision, branch, goversion from which node_exporter was built, and the goos and goarch for the build.",
    type: 'gauge',
    samples: [
      {
        labels: {
          branch: 'simulator',
          goarch: 'amd64',
          goos: 'linux',
          goversion: 'go1.19.8',
          revision: '1.5.0',
          version: '1.5.0',
        },
        value: 1,
      },
    ],
  };
}
