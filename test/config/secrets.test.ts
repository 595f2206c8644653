import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secret } from '../../webhook/config/secrets';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smartscale-secrets-'));
  file = join(folder, 'token');
});

afterEach(() => rmSync(folder, { recursive: true }));

function read(source: object, environment = {}) {
  return secret(environment).parse(source);
}

function refusal(source: object, environment = {}): string {
  const { error } = secret(environment).safeParse(source);
  return error?.issues.map(({ message }) => message).join() ?? 'it was taken';
}

test('a secret of the environment is read once, without the white space around it', () => {
  const environment = { TOKEN: ' secret-of-env\n' };
  const reader = read({ env: 'TOKEN' }, environment);
  environment.TOKEN = 'changed';
  expect(reader()).toBe('secret-of-env');
});

test('a secret file is read again when it changes', () => {
  writeFileSync(file, 'first\n');
  const reader = read({ file });
  expect(reader()).toBe('first');
  writeFileSync(file, 'second\n');
  utimesSync(file, 1, 1);
  expect(reader()).toBe('second');
});

test('a secret file that is replaced by another of the same size and time is read again', () => {
  writeFileSync(file, 'first');
  utimesSync(file, 1, 1);
  const reader = read({ file });
  writeFileSync(`${file}.new`, 'other');
  utimesSync(`${file}.new`, 1, 1);
  renameSync(`${file}.new`, file);
  expect(reader()).toBe('other');
});

test.each([
  ['gone', () => rmSync(file)],
  ['empty', () => writeFileSync(file, '')],
])('a secret file that is %s for a moment leaves the last secret valid', (_what, damage) => {
  writeFileSync(file, 'first');
  const reader = read({ file });
  damage();
  expect(reader()).toBe('first');
  writeFileSync(file, 'second');
  expect(reader()).toBe('second');
});

test.each([
  ['a variable that is not set', () => ({ env: 'TOKEN' }), 'environment variable TOKEN is not set or empty'],
  ['a file that is not there', () => ({ file }), /^file .*token cannot be read \(ENOENT\)$/],
  ['a folder', () => ({ file: folder }), /^file .* cannot be read \(EISDIR\)$/],
  ['nothing', () => ({}), /^must say where the secret is/],
])('%s is refused with what is wrong', (_what, source, words) => {
  expect(refusal(source())).toMatch(words);
});

test('an empty file is refused at the start', () => {
  writeFileSync(file, '\n');
  expect(refusal({ file })).toMatch(/token is not set or empty$/);
});
