/** Prometheus text format 0.0.4, number format included, as the Go client library writes it. */

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Sample {
  /** Written in the order of the keys. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface FamilyHeader {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
}

export interface Family extends FamilyHeader {
  readonly samples: readonly Sample[];
}

/** A family without samples keeps its HELP and TYPE lines, as kube-state-metrics does. */
export function renderFamilies(families: readonly Family[]): string {
  return families.map((family) => renderHeader(family) + renderSamples(family.name, family.samples)).join('');
}

export function renderHeader({ name, help, type }: FamilyHeader): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

export function renderSamples(name: string, samples: readonly Sample[]): string {
  return samples.map(({ labels, value }) => `${name}${renderLabels(labels)} ${formatValue(value)}\n`).join('');
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabelValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabelValue(text: string): string {
  return /["\\\n]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text;
}

/** Shortest digits that give the same number, with an exponent of at least two digits where Go writes one. */
function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return '0';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  if (!usesExponent(Number(exponent))) return String(value);
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}

/** Go's `strconv.FormatFloat(v, 'g', -1, 64)`: 999424 is written so, 1048576 as 1.048576e+06. */
function usesExponent(exponent: number): boolean {
  return exponent < -4 || exponent >= GO_SHORTEST_PRECISION;
}
const GO_SHORTEST_PRECISION = 6;
