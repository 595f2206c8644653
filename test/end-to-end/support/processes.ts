import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../../simulator/monitoring/shipped-files';

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A compiled program of the checkout, such as `webhook/main.js`. */
export function compiled(program: string): string {
  return join(REPOSITORY, 'dist', program);
}

/** Runs a compiled program to its end, with nothing of this process' environment but PATH and HOME. */
export function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const options = { env: { PATH, HOME, ...environment }, timeout: 60_000 };
    execFile(process.execPath, [compiled(program), ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr });
    });
  });
}

export interface Started {
  readonly child: ChildProcess;
  /** What it has written so far. */
  output(): string;
  /** Exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Starts a compiled program and listens to it. */
export function start(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const child = spawn(process.execPath, [compiled(program), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, output: () => written, ended };
}

/** Children, their children and so on of a process that runs, whatever process group they are in. Linux: reads /proc. */
export function descendantsOf(pid: number): readonly RunningProcess[] {
  const all = processes();
  const below = (parent: number): readonly RunningProcess[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid).map(({ pid: id, command }) => ({ pid: id, command }));
}

/** Whether this very process, not another that got its number, still runs. */
export function isRunning({ pid, command }: RunningProcess): boolean {
  return processes().some((one) => one.pid === pid && one.command === command);
}

function processes(): readonly (RunningProcess & { readonly parent: number })[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processAt(Number(name)) ?? []);
}

/** Undefined when it ended meanwhile, or has ended and waits for its parent to ask. */
function processAt(pid: number): (RunningProcess & { readonly parent: number }) | undefined {
  try {
    // "pid (name) state parent ...": the name may hold anything, a parenthesis too.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return state === 'Z' ? undefined : { pid, command, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
