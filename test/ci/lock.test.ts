import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { Checkout } from './checkout';

const LOCK = pathToFileURL(join(__dirname, '..', '..', '.ci', 'lock.mjs')).href;

/** Takes the lock three times; inside, a folder that exists already would mean that somebody else is inside too. */
const contender = (folder: string): string => `
import { mkdirSync, rmdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquire } from '${LOCK}';
for (let turn = 0; turn < 3; turn += 1) {
  const release = await acquire('${folder}/the.lock', { patienceMs: 20000, waiting: () => {} });
  mkdirSync('${folder}/inside');
  await sleep(5);
  rmdirSync('${folder}/inside');
  release();
}
`;

test('six processes that find a stale lock are never inside together', async () => {
  const checkout = new Checkout();
  const dead = await checkout.node(['-p', 'process.pid']);
  checkout.write('the.lock/pid', dead.said.trim());
  const run = () => checkout.node(['--input-type=module', '-e', contender(checkout.path)]);
  const runs = await Promise.all(Array.from({ length: 6 }, run));
  expect(runs).toEqual(runs.map(() => ({ code: 0, said: '' })));
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
