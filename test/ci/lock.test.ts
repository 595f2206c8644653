import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { Checkout } from './checkout';

const LOCK = pathToFileURL(join(__dirname, '..', '..', '.ci', 'lock.mjs')).href;

const CONTENDERS = 3;
const ROUNDS = 60;
const ROUND_MS = 8;

/**
 * At agreed moments after all have started everybody tries one stale lock, without patience, and whoever gets it makes a
 * folder that only one can make. All stay alive until everybody is done, so that no lock becomes stale again.
 */
const contender = (folder: string, number: number): string => `
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquire } from '${LOCK}';
const everybody = (is) => Array.from({ length: ${String(CONTENDERS)} }, (_, n) => '${folder}/' + is + '-' + n);
const are = async (is) => {
  mkdirSync('${folder}/' + is + '-${String(number)}');
  while (!everybody(is).every((mark) => existsSync(mark))) await sleep(5);
};
await are('here');
const begin = Math.max(...everybody('here').map((mark) => statSync(mark).mtimeMs)) + 100;
for (let round = 0; round < ${String(ROUNDS)}; round += 1) {
  const moment = begin + round * ${String(ROUND_MS)};
  while (Date.now() < moment);
  const taken = await acquire('${folder}/lock-' + round, { patienceMs: -1, waiting: () => {} }).then(() => true, () => false);
  if (taken) mkdirSync('${folder}/winner-' + round);
}
await are('done');
`;

test('of those that find a stale lock at the same moment exactly one takes it over', async () => {
  const checkout = new Checkout();
  const dead = await checkout.node(['-p', 'process.pid']);
  const rounds = Array.from({ length: ROUNDS }, (_, round) => String(round));
  for (const round of rounds) checkout.write(`lock-${round}/pid`, dead.said.trim());
  const run = (number: number) => checkout.node(['--input-type=module', '-e', contender(checkout.path, number)]);
  const runs = await Promise.all(Array.from({ length: CONTENDERS }, (_, number) => run(number)));
  expect(runs).toEqual(runs.map(() => ({ code: 0, said: '' })));
  expect(rounds.filter((round) => !checkout.has(`winner-${round}`))).toEqual([]);
  checkout.delete('.');
});

test('patience ends with the holder and the folder named', async () => {
  const checkout = new Checkout();
  checkout.write('the.lock/pid', String(process.pid));
  const script = `
    import { acquire } from '${LOCK}';
    await acquire('${checkout.path}/the.lock', { patienceMs: 0, waiting: (pid) => console.log('waits for', pid) });`;
  const { code, said } = await checkout.node(['--input-type=module', '-e', script]);
  expect(code).toBe(1);
  expect(said).toContain(`waits for ${String(process.pid)}`);
  expect(said).toContain(`process ${String(process.pid)} holds ${checkout.path}/the.lock for too long`);
  checkout.delete('.');
});
