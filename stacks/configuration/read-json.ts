/** cdktf.json as a value. What JSON itself passes over, a key that is there twice, is a mistake too. */
import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { oneLine } from '../../webhook/model/one-line';
import { ConfigurationError } from './configuration-error';

const WANTED = 'must be JSON with the configuration in context.smartscale: docs/deploy.md';
const MARK = '\ufeff';

/** @throws ConfigurationError */
export function readJson(path: string): unknown {
  const text = read(path);
  const value = parse(path, text);
  const twice = repeatedKeys(parseDocument(text, { uniqueKeys: false }).contents, []);
  if (twice.length === 0) return value;
  throw new ConfigurationError(
    path,
    twice.map((key) => `${key}: must not be there twice: only the last one would count`),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(path, [
      code === 'ENOENT' ? `there is no such file; it ${WANTED}` : `${WANTED}; it cannot be read (${message})`,
    ]);
  }
}

function parse(path: string, text: string): unknown {
  if (text.trim() === '') throw new ConfigurationError(path, [`${WANTED}; it is empty`]);
  if (text.startsWith(MARK))
    throw new ConfigurationError(path, [`${WANTED}; it begins with a byte order mark: save it as UTF-8 without one`]);
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    throw new ConfigurationError(path, [`${placeOf(message, text)}${WANTED}; ${oneLine(message)}`]);
  }
}

/** Node 20 counts characters, later ones lines too. */
function placeOf(message: string, text: string): string {
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: `;
}

function repeatedKeys(node: unknown, path: readonly string[]): readonly string[] {
  if (isSeq(node)) return node.items.flatMap((it, i) => repeatedKeys(it, [...path, String(i)]));
  if (!isMap(node)) return [];
  const names = node.items.map(({ key }) => String(isScalar(key) ? key.value : key));
  return node.items.flatMap(({ value }, i) => {
    const own = [...path, names[i] ?? ''];
    return [...(names.indexOf(names[i] ?? '') < i ? [own.join('.')] : []), ...repeatedKeys(value, own)];
  });
}
