import { Checkout } from './checkout';

let checkout: Checkout;
beforeEach(() => {
  checkout = new Checkout();
});
afterEach(() => checkout.delete('.'));

test('a fresh clone is installed and compiled, after that nothing is done', async () => {
  const first = await checkout.prepare();
  expect(first).toMatchObject({ code: 0 });
  expect(checkout.npmCalls()).toEqual(['ci --include=dev', 'run build']);
  await expect(checkout.prepare()).resolves.toEqual({
    code: 0,
    said: 'prepare: packages and build are up to date\n',
  });
  await expect(checkout.prepare('--quiet')).resolves.toEqual({ code: 0, said: '' });
  expect(checkout.npmCalls()).toEqual([]);
});

test.each([
  ['an edited source', 'webhook/a.ts', ['run build']],
  ['a new source', 'simulator/deep/b.ts', ['run build']],
  ['compiler settings', 'tsconfig.build.json', ['run build']],
  ['the lock file', 'package-lock.json', ['ci --include=dev', 'run build']],
])('%s: done again is only what depends on it', async (_what, path, calls) => {
  await checkout.prepare();
  checkout.npmCalls();
  checkout.write(path, path.endsWith('.json') ? '{"packages":{"node_modules/a":{"version":"2.0.0"}}}' : '// new');
  await checkout.prepare('--quiet');
  expect(checkout.npmCalls()).toEqual(calls);
});

test('packages that vanished are installed again', async () => {
  await checkout.prepare();
  checkout.npmCalls();
  checkout.delete('node_modules');
  await checkout.prepare();
  expect(checkout.npmCalls()).toEqual(['ci --include=dev']);
});

test.each([
  ['agrees with the lock file', '1.0.0', ['run build']],
  ['does not', '0.9.0', ['ci --include=dev', 'run build']],
])('what was installed by hand stays if it %s', async (_what, version, calls) => {
  checkout.write('node_modules/.package-lock.json', `{"packages":{"node_modules/a":{"version":"${version}"}}}`);
  await checkout.prepare();
  expect(checkout.npmCalls()).toEqual(calls);
});

test('of several at once one works, the others wait and find it done', async () => {
  const runs = await Promise.all(Array.from({ length: 4 }, () => checkout.prepare('--quiet')));
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(checkout.npmCalls()).toEqual(['ci --include=dev', 'run build']);
});

test('a lock whose holder was killed is taken over', async () => {
  const dead = await checkout.node(['-p', 'process.pid']);
  checkout.write('.cache/prepare.lock/pid', dead.said.trim());
  await expect(checkout.prepare()).resolves.toMatchObject({ code: 0 });
  expect(checkout.npmCalls()).toHaveLength(2);
});

test.each([
  ['npm error code ENOTFOUND', 'the package registry cannot be reached (ENOTFOUND)'],
  ['a.ts(1,1): error TS1005', 'a.ts(1,1): error TS1005'],
])('npm fails with "%s": shown with what to do, and tried again next time', async (output, said) => {
  checkout.write('npm-fails', output);
  const failed = await checkout.prepare();
  expect(failed.code).toBe(1);
  expect(failed.said).toContain(said);
  checkout.npmCalls();
  checkout.delete('npm-fails');
  await checkout.prepare();
  expect(checkout.npmCalls()).toEqual(['ci --include=dev', 'run build']);
});

test('a Node that is too old is told so before anything else', async () => {
  checkout.write('package.json', '{"engines":{"node":">=99.4"}}');
  const run = await checkout.prepare('--quiet');
  expect(run.code).toBe(1);
  expect(run.said).toMatch(/^prepare: Node 99\.4 or newer is needed, this is \d+/);
  expect(checkout.npmCalls()).toEqual([]);
});
