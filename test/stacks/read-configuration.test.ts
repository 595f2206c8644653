import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, readConfiguration } from '../../stacks/configuration';

const folder = mkdtempSync(join(tmpdir(), 'smartscale-stacks-'));
const path = join(folder, 'cdktf.json');
afterEach(() => rmSync(path, { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

function mistakesOf(content: string | null): readonly string[] {
  if (content !== null) writeFileSync(path, content);
  try {
    readConfiguration(path);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.message.split('\n')[0]).toBe(`${path} cannot be used:`);
    return error.mistakes;
  }
  return [];
}

const WANTED = 'must be JSON with the configuration in context.smartscale: docs/deploy.md';
const POOLS = '"pools": {"workers": {"instanceTypes": ["m6i.large"]}}';
const indented = (space: string) => ['{', '"context": {', `"smartscale": {${POOLS}}`, '}', '}'].join(`\n${space}`);

test.each<[what: string, content: string | null, mistake: string | RegExp]>([
  ['no file', null, `there is no such file; it ${WANTED}`],
  ['an empty file', ' \n', `${WANTED}; it is empty`],
  ['JSON that breaks off', '{', /^line 1, column 2: must be JSON .*; Expected property name/],
  [
    'a comma too many',
    '{\n  "context": {\n    "smartscale": {},\n  }\n}',
    /^line 4, column 3: must be JSON .*; Expected double-quoted/,
  ],
  ['YAML', 'context:\n  smartscale: {}\n', /^must be JSON .*; Unexpected token/],
  ['a byte order mark', `\ufeff${indented('')}`, /^must be JSON .*; it begins with a byte order mark/],
  ['nothing', 'null', 'must be a map of keys, not null'],
  ['a list', '[]', 'must be a map of keys, not a list'],
  ['no context', '{"app": "x"}', 'context: must be a map of keys; it is missing'],
  [
    'a context that is a list',
    '{"context": {"smartscale": []}}',
    'context.smartscale: must be a map of keys, not a list',
  ],
  [
    'a pool twice',
    `{"context": {"smartscale": {${POOLS.slice(0, -1)}, "workers": {}}}}}`,
    'context.smartscale.pools.workers: must not be there twice: only the last one would count',
  ],
])('%s is a mistake of the file, on one line', (_what, content, mistake) => {
  const expected = typeof mistake === 'string' ? mistake : (expect.stringMatching(mistake) as string);
  const told = mistakesOf(content);
  expect(told).toEqual([expected]);
  expect(told.join()).not.toContain('\n');
});

test('a folder in the place of the file is told', () => {
  mkdirSync(path);
  expect(mistakesOf(null)).toEqual([expect.stringMatching(/^must be JSON .*; it cannot be read \(EISDIR/)]);
});

test('a name near to ours in context is taken for a slip', () => {
  expect(mistakesOf(`{"context": {"excludeStackIdFromLogicalIds": "true", "smartScale": {${POOLS}}}}`)).toEqual([
    'context.smartscale: must be a map of keys; it is missing',
    'context.smartScale: is no key of ours; did you mean smartscale?',
  ]);
});

test.each(['', '  ', '\t'])('a file indented with %p is taken', (space) => {
  expect(mistakesOf(indented(space))).toEqual([]);
});
