/** A strict reader of the Prometheus text format 0.0.4: what a lenient one would let pass is an error here. */

export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ParsedSample[];
}

export interface ParsedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.+)\})? (\S+)$/;
const PAIR = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\\\|\\"|\\n)*)"(?:,(?=[a-zA-Z_])|$)/;

/** By family name, in the order of the text. Throws with the offending line. */
export function parseExposition(text: string): Map<string, ParsedFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no line feed');
  const families = new Map<string, ParsedFamily & { samples: ParsedSample[] }>();
  const lines = text.split('\n').slice(0, -1);
  let current: (ParsedFamily & { samples: ParsedSample[] }) | undefined;
  for (const [index, line] of lines.entries()) {
    const help = HELP.exec(line);
    if (help) {
      current = startFamily(families, help, lines[index + 1]);
    } else if (!TYPE.test(line)) {
      addSample(current, line);
    } else if (!HELP.test(lines[index - 1] ?? '')) {
      throw new Error(`TYPE without HELP before it: ${line}`);
    }
  }
  return families;
}

function startFamily(
  families: Map<string, ParsedFamily & { samples: ParsedSample[] }>,
  help: RegExpExecArray,
  next: string | undefined,
): ParsedFamily & { samples: ParsedSample[] } {
  const name = help[1] ?? '';
  const type = TYPE.exec(next ?? '');
  if (type?.[1] !== name) throw new Error(`HELP without its TYPE after it: ${name}`);
  if (families.has(name)) throw new Error(`family twice: ${name}`);
  const family = { name, help: help[2] ?? '', type: type[2] ?? '', samples: [] };
  families.set(name, family);
  return family;
}

function addSample(family: (ParsedFamily & { samples: ParsedSample[] }) | undefined, line: string): void {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`not a sample: ${line}`);
  if (family === undefined || match[1] !== family.name) throw new Error(`sample outside its family: ${line}`);
  const labels = parseLabels(match[2] ?? '', line);
  const key = JSON.stringify(Object.entries(labels).sort());
  if (family.samples.some((sample) => JSON.stringify(Object.entries(sample.labels).sort()) === key)) {
    throw new Error(`series twice: ${line}`);
  }
  family.samples.push({ labels, value: parseValue(match[3] ?? '', line) });
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== '';) {
    const pair = PAIR.exec(rest);
    if (!pair) throw new Error(`malformed labels at "${rest}" in: ${line}`);
    const [whole, name = '', value = ''] = pair;
    if (name in labels) throw new Error(`label ${name} twice in: ${line}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    rest = rest.slice(whole.length);
  }
  return labels;
}

function parseValue(text: string, line: string): number {
  if (text === 'NaN') return NaN;
  if (/^[+-]Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (!/^-?\d+(\.\d+)?(e[+-]\d{2,})?$/.test(text)) throw new Error(`malformed value in: ${line}`);
  return Number(text);
}

/** The samples of a family whose labels include these. */
export function samplesOf(
  families: ReadonlyMap<string, ParsedFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): readonly ParsedSample[] {
  const entries = Object.entries(labels);
  return (families.get(name)?.samples ?? []).filter((sample) =>
    entries.every(([key, value]) => (sample.labels[key] ?? '') === value),
  );
}

/** The value of the only such sample. */
export function valueOf(
  families: ReadonlyMap<string, ParsedFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const found = samplesOf(families, name, labels);
  if (found.length !== 1 || !found[0]) {
    throw new Error(`${found.length} samples of ${name} with ${JSON.stringify(labels)}`);
  }
  return found[0].value;
}
