import fc, { type Arbitrary } from 'fast-check';
import { parse } from 'yaml';
import { ConfigError } from '../../webhook/config';
import { ENVIRONMENT, example } from '../config/example';
import { hostileText, mutated } from './support/hostile';
import { readingOf } from './support/reading';
import { SECRETS } from './support/secrets';
import { tries } from './support/tries';
import { render } from './support/tree';

const WRITTEN = 'Hunter2-written-down/by+mistake=';
const ALWAYS_SECRET = [...Object.values(ENVIRONMENT), WRITTEN, SECRETS.password, SECRETS.mistypedToken];

/** Both kinds, so that the checks are of files that are read as well as of those that are refused. */
function kinds() {
  const seen = { read: 0, refused: 0 };
  return { seen, note: (it: unknown) => (seen[it instanceof ConfigError ? 'refused' : 'read'] += 1) };
}

const local = { ...(parse(example()) as object), mode: 'local', listen: {} };
const trees = mutated(fc.constantFrom<unknown>(parse(example()), local));

test('a configuration of any structure is read whole and frozen, or refused with where and what', () => {
  const { seen, note } = kinds();
  fc.assert(
    fc.property(trees, (tree) => void note(readingOf(render(tree), ENVIRONMENT, ALWAYS_SECRET))),
    tries(200),
  );
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(20);
});

/** What YAML has besides maps, lists and scalars. */
const ODDITIES = [
  '&a',
  '*a',
  '<<: *a',
  '&a [*a]',
  '!!binary aGVsbG8=',
  '!!set {a, b}',
  '!!omap [a: 1]',
  '!!timestamp 2001-12-14',
  '!secret x',
  '!<x',
  '%YAML 1.1',
  '%TAG ! x',
  '---',
  '...',
  '? [a, b]\n: c',
  '? {a: 1}',
  ': x',
  '|',
  '>9',
  '"',
  "'",
  '{',
  ']',
  '- - - -',
  '\t',
  '# x',
  '\ufeff',
  '\r',
  '\0',
  '.nan',
  '.inf',
  '0o17',
  '1_000',
  'yes',
  '~',
  `${'['.repeat(2000)}`,
  `${'- '.repeat(2000)}`,
  `${'a: '.repeat(500)}`,
  `{${Array.from({ length: 3000 }, (_, n) => `k${n}: 1`).join(', ')}}`,
  `[${'*a, '.repeat(3000)}]`,
];
const oddity = fc.oneof(fc.constantFrom(...ODDITIES), hostileText);

type Edit = (lines: readonly string[]) => readonly string[];

/** One change to a file as an editor makes it. */
const edit: Arbitrary<Edit> = fc
  .record({
    at: fc.nat(),
    to: fc.nat(),
    odd: oddity,
    kind: fc.constantFrom(
      'remove',
      'repeat',
      'move',
      'indent',
      'outdent',
      'put',
      'before',
      'value',
      'key',
      'cut',
      'many',
    ),
  })
  .map(({ at, to, odd, kind }) => (lines: readonly string[]) => {
    const i = at % lines.length;
    const line = lines[i] ?? '';
    const indent = /^ */.exec(line)?.[0] ?? '';
    const [key = '', value = ''] = line.split(/:(.*)/s);
    const changed: Record<typeof kind, readonly string[]> = {
      remove: [],
      repeat: [line, line],
      move: [lines[to % lines.length] ?? ''],
      indent: [`  ${line}`],
      outdent: [line.slice(2)],
      put: [line, `${indent}${odd}`],
      before: [`${indent}${odd} ${line.trimStart()}`],
      value: [`${key}: ${odd}`],
      key: [`${indent}${odd}:${value}`],
      cut: [line.slice(0, to % (line.length + 1))],
      many: Array.from({ length: to % 8 === 0 ? 1100 : 20 }, () => line),
    };
    return [...lines.slice(0, i), ...changed[kind], ...lines.slice(i + 1)];
  });

test('a file as people and editors spoil it is read whole and frozen, or refused with where and what', () => {
  const { seen, note } = kinds();
  const files = fc
    .array(edit, { maxLength: 3 })
    .map((edits) =>
      edits.reduce<readonly string[]>((lines, change) => change(lines), example().split('\n')).join('\n'),
    );
  fc.assert(
    fc.property(files, (text) => void note(readingOf(text, ENVIRONMENT, ALWAYS_SECRET))),
    tries(200),
  );
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(20);
});

/** How somebody writes the secret itself where the file should say where it is. */
const WAYS: readonly ((secret: string) => string)[] = [
  (it) => it,
  (it) => `"${it}"`,
  (it) => `"${it}`,
  (it) => `'${it}`,
  (it) => `"\\${it}"`,
  (it) => `*${it}`,
  (it) => `&${it} x`,
  (it) => `!${it} x`,
  (it) => `!${it}!x y`,
  (it) => `!<${it} x`,
  (it) => `!!${it}`,
  (it) => `|${it}\n          x`,
  (it) => `|\n          ${it}`,
  (it) => `%${it}`,
  (it) => `@${it}`,
  (it) => `\`${it}`,
  (it) => `[${it}`,
  (it) => `[${it}]`,
  (it) => `{${it}}`,
  (it) => `{${it}: x}`,
  (it) => `{${it}: ${it}, env: A}`,
  (it) => `${it}: x`,
  (it) => `? ${it}`,
  (it) => `${it}: ${it}: ${it}`,
  (it) => `{env: ${it}}`,
  (it) => `{env: [${it}]}`,
  (it) => `{file: ${it}}`,
  (it) => `{file: {path: ${it}}}`,
  (it) => `env:${it}`,
  (it) => `{env: A, value: ${it}}`,
];
const EXTRA = ['', ' ', '\n', ': ', ' #', '\t', '"', ']', '}', ',', '\n%', ' |'];

test('a secret that is written down by mistake is in no message, however it is written', () => {
  const files = fc.record({
    way: fc.constantFrom(...WAYS),
    purpose: fc.constantFrom('ALERTS_TOKEN', 'OPERATOR_TOKEN'),
    before: fc.constantFrom(...EXTRA.filter((it) => it !== '\n')),
    after: fc.constantFrom(...EXTRA),
  });
  const text = example();
  const { seen, note } = kinds();
  fc.assert(
    fc.property(files, ({ way, purpose, before, after }) => {
      const file = text.replace(`env: ${purpose}`, () => `${before}${way(WRITTEN)}${after}`);
      note(readingOf(file, ENVIRONMENT, ALWAYS_SECRET));
    }),
    tries(200),
  );
  expect(seen.refused).toBeGreaterThan(150);
});
