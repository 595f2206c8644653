/**
 * Every key under which the shipped rules, configurations and flags have a duration: `scaled` belongs to the policy and
 * is divided by the time scale, `kept` is a protocol time-out or storage and is not. In PromQL, ranges and offsets scale.
 * A duration under any other key is an error, so that nobody forgets to decide.
 */
export const DURATIONS: Readonly<Record<string, 'scaled' | 'kept'>> = {
  // rules
  interval: 'scaled',
  for: 'scaled',
  keep_firing_for: 'scaled',
  query_offset: 'scaled',
  // prometheus.yml
  scrape_interval: 'scaled',
  evaluation_interval: 'scaled',
  refresh_interval: 'scaled',
  scrape_timeout: 'kept',
  timeout: 'kept',
  // alertmanager.yml
  resolve_timeout: 'scaled',
  group_wait: 'scaled',
  group_interval: 'scaled',
  repeat_interval: 'scaled',
  // flags
  'rules.alert.resend-delay': 'scaled',
  'rules.alert.for-grace-period': 'scaled',
  'rules.alert.for-outage-tolerance': 'scaled',
  'query.lookback-delta': 'scaled',
  'scrape.discovery-reload-interval': 'scaled',
  'data.maintenance-interval': 'scaled',
  'alerts.gc-interval': 'scaled',
  'query.timeout': 'kept',
  'web.read-timeout': 'kept',
  'storage.tsdb.retention.time': 'kept',
  'data.retention': 'kept',
};

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

const DURATION = String.raw`(?:\d+(?:ms|[smhdwy]))+`;
const KEY_AND_DURATION = new RegExp(String.raw`(([\w.-]+)['"]?:\s+['"]?)(${DURATION})(?=['"]?\s*(?:[,}#]|$))`, 'g');
const RANGE = new RegExp(String.raw`\[\s*(${DURATION})\s*(?::\s*(${DURATION})?\s*)?\]`, 'g');
const OFFSET = new RegExp(String.raw`(\boffset\s+-?\s*)(${DURATION})`, 'g');

/**
 * The text of a shipped YAML file with every policy duration divided by `scale`; all else, comments too, stays as it is.
 * A scale of 1 gives the same bytes. Throws an Error that names the line of a duration under an unknown key.
 */
export function scaleText(text: string, scale: number): string {
  if (!Number.isFinite(scale) || scale <= 0) throw new Error(`the time scale must be a number above 0, not ${scale}`);
  return text
    .split('\n')
    .map((line, index) => scaleLine(line, scale, index + 1))
    .join('\n');
}

/** Milliseconds of `1m30s`, as Prometheus and Alertmanager write durations. */
export function durationMs(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? NaN), 0);
}

/** Divided by `scale`, in ms unless it is whole seconds; never 0 unless it was. */
export function scaleDuration(duration: string, scale: number): string {
  const before = durationMs(duration);
  if (scale === 1 || before === 0) return duration;
  const ms = Math.max(1, Math.round(before / scale));
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

function scaleLine(line: string, scale: number, number: number): string {
  if (line.trimStart().startsWith('#')) return line;
  return line
    .replace(KEY_AND_DURATION, (match: string, before: string, key: string, duration: string) => {
      const kind = DURATIONS[key];
      if (kind === undefined) throw new Error(unknownKey(key, duration, number));
      return kind === 'kept' ? match : `${before}${scaleDuration(duration, scale)}`;
    })
    .replace(RANGE, (match: string, range: string, step: string | undefined) => {
      if (scale === 1) return match;
      const resolution = match.includes(':') ? `:${step === undefined ? '' : scaleDuration(step, scale)}` : '';
      return `[${scaleDuration(range, scale)}${resolution}]`;
    })
    .replace(OFFSET, (_match, offset: string, duration: string) => `${offset}${scaleDuration(duration, scale)}`);
}

function unknownKey(key: string, duration: string, line: number): string {
  return `line ${line}: does a time scale divide "${key}: ${duration}"? Say so in DURATIONS of simulator/monitoring/time-scale.ts`;
}
