import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, parseConfiguration, readConfiguration } from '../../stacks/configuration';

test('the shipped cdktf.json is valid and protects the table', () => {
  const path = join(__dirname, '..', '..', 'cdktf.json');
  expect(readConfiguration(path)).toEqual({ tableName: 'smartscale', deletionProtection: true, tags: {} });
});

test('lists every mistake, each with its place', () => {
  const smartscale = {
    region: 'Frankfurt',
    tableName: 'my table',
    deletionProtection: 'yes',
    tags: { 'aws:team': 'x' },
    tabelName: 'x',
  };
  expect(() => parseConfiguration({ context: { smartscale } }, 'cdktf.json')).toThrow(
    new ConfigurationError('cdktf.json', [
      'context.smartscale.region: is no AWS region',
      'context.smartscale.tableName: must be 3 to 255 letters, digits, "_", "." or "-"',
      'context.smartscale.deletionProtection: Invalid input: expected boolean, received string',
      'context.smartscale.tags: names must not be empty or begin with "aws:"',
      'context.smartscale: Unrecognized key: "tabelName"',
    ]),
  );
});

test('without a context everything but the region has a default', () => {
  const defaults = { tableName: 'smartscale', deletionProtection: true, tags: {} };
  expect(parseConfiguration({}, 'cdktf.json')).toStrictEqual(defaults);
  expect(parseConfiguration({ context: { theirs: 1 } }, 'cdktf.json')).toStrictEqual(defaults);
});

test.each([
  ['no file', null, /ENOENT/],
  ['no JSON', '{', /JSON/],
  ['a list', '[]', /expected object/],
  ['a context that is a list', '{"context": {"smartscale": []}}', /context\.smartscale: .*object/],
])('%s is a mistake with the name of the file', (_what, content, mistake) => {
  const folder = mkdtempSync(join(tmpdir(), 'smartscale-stacks-'));
  const path = join(folder, 'cdktf.json');
  try {
    if (content !== null) writeFileSync(path, content);
    expect(() => readConfiguration(path)).toThrow(ConfigurationError);
    expect(() => readConfiguration(path)).toThrow(path);
    expect(() => readConfiguration(path)).toThrow(mistake);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
