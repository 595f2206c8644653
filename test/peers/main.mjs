/**
 * `npm run test:peers`: holds the adapters to independent servers, where this machine has them. A peer is one entry of the
 * list: add a file that exports `name`, `tests` and `start`.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as dynamodbLocal from './dynamodb-local.mjs';
import * as moto from './moto.mjs';
import { runPeers } from './run-peers.mjs';
import * as terraform from './terraform.mjs';

const PEERS = [dynamodbLocal, moto, terraform];
const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const failed = await runPeers(PEERS, { say: (line) => console.error(`peers: ${line}`), jest });
process.exitCode = failed > 0 ? 1 : 0;

/** Whether all of these test files pass. */
function jest(tests, environment) {
  const binary = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(process.execPath, [binary, '--runInBand', ...tests], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}
