import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';
import { always, eventually } from '../end-to-end/support/eventually';

const SCRIPT = join(REPOSITORY, 'k3s/monitoring/reload.sh');
let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smartscale-reload-'));
  for (const name of ['bin', 'rules', 'config']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'rules/a.yaml'), 'one');
  children = [];
});

afterEach(async () => {
  for (const child of children) {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await ended;
  }
  rmSync(folder, { recursive: true });
});

function start(command: string, args: readonly string[]): ChildProcess {
  const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, RELOAD_SECONDS: '0.05' };
  const child = spawn(command, [...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

/** A program that writes down each time it is told to read its configuration again. */
function program(): { readonly told: () => number } {
  const log = join(folder, 'told');
  const child = start('sh', ['-c', `trap 'echo x >>${log}' HUP; echo ready; while :; do sleep 0.02; done`]);
  writeFileSync(join(folder, 'bin/pidof'), `#!/bin/sh\n[ "$1" = prometheus ] && echo ${child.pid}\n`);
  chmodSync(join(folder, 'bin/pidof'), 0o755);
  return { told: () => (existsSync(log) ? readFileSync(log, 'utf8').split('x').length - 1 : 0) };
}

test('an edited rule is told to the program, once, and what did not change is not', async () => {
  const { told } = program();
  const [ready] = children;
  if (ready?.stdout) await once(ready.stdout, 'data');
  const reload = start('sh', [SCRIPT, 'prometheus', join(folder, 'config'), join(folder, 'rules')]);
  let said = '';
  reload.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  await eventually('it is told of what there is', () => told() === 1);
  await eventually('it says so', () => said.includes('told prometheus of a change'));
  writeFileSync(join(folder, 'rules/a.yaml'), 'an edit');
  await eventually('it is told of an edit', () => told() === 2);
  await always(300, () => expect(told()).toBe(2));
  writeFileSync(join(folder, 'rules/b.yaml'), 'a new file');
  await eventually('a new file is told too', () => told() === 3);
});

test('what changed while nobody looked is told by the first look', async () => {
  const { told } = program();
  const [ready] = children;
  if (ready?.stdout) await once(ready.stdout, 'data');
  writeFileSync(join(folder, 'rules/a.yaml'), 'edited between the start of the program and that of the script');
  start('sh', [SCRIPT, 'prometheus', join(folder, 'rules')]);
  await eventually('it is told', () => told() === 1);
});

test('a program that has just started is not told: it would end', async () => {
  const { told } = program();
  const pidof = join(folder, 'bin/pidof');
  const [first] = children;
  const second = start('sh', ['-c', 'while :; do sleep 0.02; done']);
  // At every look it is another one.
  const turns = join(folder, 'turns');
  writeFileSync(
    pidof,
    `#!/bin/sh\necho x >>${turns}\n[ $(($(wc -l <${turns}) % 2)) = 0 ] && echo ${first?.pid} || echo ${second.pid}\n`,
  );
  start('sh', [SCRIPT, 'prometheus', join(folder, 'rules')]);
  await eventually('it looks again and again', () => existsSync(turns) && readFileSync(turns, 'utf8').length > 6);
  expect(told()).toBe(0);
  expect(second.signalCode).toBeNull();
});

test('a program that is not there yet is told when it is', async () => {
  writeFileSync(join(folder, 'bin/pidof'), '#!/bin/sh\nexit 1\n');
  chmodSync(join(folder, 'bin/pidof'), 0o755);
  const calls = join(folder, 'calls');
  writeFileSync(join(folder, 'bin/pidof'), `#!/bin/sh\necho x >>${calls}\nexit 1\n`);
  start('sh', [SCRIPT, 'prometheus', join(folder, 'rules')]);
  await eventually('it looks for the program', () => existsSync(calls));
  const { told } = program();
  await eventually('it is told', () => told() > 0);
});
