import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';
import { findShellcheck } from './support/shellcheck';

const FOLDERS = ['server', 'worker', 'monitoring'].map((name) => join(REPOSITORY, 'k3s', name));
const scripts = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sh'))
    .map((name) => join(folder, name)),
);
const text = (path: string) => readFileSync(path, 'utf8');
const bootstraps = ['server', 'worker'].map((role) => join(REPOSITORY, `k3s/${role}/bootstrap.sh`));

test('shellcheck objects to nothing in any script of a host', async () => {
  const shellcheck = await findShellcheck();
  if (shellcheck instanceof Error) {
    process.stderr.write(`no shellcheck, so the scripts were not looked at: ${shellcheck.message}\n`);
    return;
  }
  expect(scripts.length).toBeGreaterThan(10);
  const { status, stdout, error } = spawnSync(shellcheck, ['--external-sources', ...scripts], { encoding: 'utf8' });
  expect({ status, stdout, error }).toEqual({ status: 0, stdout: '', error: undefined });
}, 400_000);

test.each(bootstraps)('%s fits into user data, with room for its settings', (path) => {
  expect(statSync(path).size).toBeLessThan(8 * 1024);
});

test('both bootstraps say, fail and try again in the same words as everything that follows', () => {
  const shared = (path: string, name: string) =>
    new RegExp(`^${name}\\(\\) \\{[^]*?^\\}$|^${name}\\(\\) \\{.*\\}$`, 'm').exec(text(path))?.[0];
  for (const name of ['say', 'fail']) {
    const [first, ...others] = [...bootstraps, join(REPOSITORY, 'k3s/worker/steps.sh')].map((path) =>
      shared(path, name),
    );
    expect(first).toBeDefined();
    expect(others).toEqual([first, first]);
  }
  expect(shared(bootstraps[0] ?? '', 'retry')).toBe(shared(bootstraps[1] ?? '', 'retry'));
});

test('every script stops at the first failure, and nothing traces what it does', () => {
  for (const path of scripts.filter((it) => !it.endsWith('notices.sh'))) {
    expect([path, text(path)]).toEqual([
      path,
      expect.stringMatching(/^set -Eeuo pipefail$|^set -eu$|source .*steps\.sh"$|# shellcheck shell=bash/m),
    ]);
    expect(text(path)).not.toMatch(/set -[a-z]*x|set -o xtrace/);
  }
});

test('no address, no region and no token is written into a script', () => {
  for (const path of scripts) {
    expect(text(path)).not.toMatch(/\b[a-z]{2}-(north|south|east|west|central)[a-z]*-\d/);
    expect(text(path)).not.toMatch(/K10[0-9a-f]{10}/);
    expect(text(path).replaceAll(/169\.254\.169\.254|127\.0\.0\.1|10\.4[23]\.0\.0\/16/g, '')).not.toMatch(
      /\b\d+\.\d+\.\d+\.\d+\b/,
    );
  }
});

test('a secret passes no command line: values go to SSM in a file, and come from it into one', () => {
  for (const path of scripts) {
    expect(text(path)).not.toMatch(/put-parameter[^]*?--value/);
    expect(text(path)).not.toMatch(/--token[= ](?!-file)["$]/);
    expect(text(path)).not.toMatch(/K3S_TOKEN=/);
  }
});
