import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerSettings {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Answers /-/ready and POST /-/reload. */
  readonly url: string;
  /** How one finds out that it is ready; absent: it says so at `url`. */
  readonly isReady?: () => Promise<boolean>;
  /** Both outputs, appended. */
  readonly logFile: string;
  /** Current folder of the server. */
  readonly runIn: string;
}

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 25;
const LOG_LINES_SHOWN = 15;

/**
 * Runs "$@" and ends it when standard input closes, which it does however the parent dies: by Ctrl-C, a crash or a
 * SIGKILL that leaves it no time to clean up.
 */
export const GUARD = `
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
{
  read -r _ <&3
  kill -TERM $child
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do kill -0 $child || exit; sleep 0.2; done
  kill -KILL $child
} 2>/dev/null &
guard=$!
exec 3<&-
trap : TERM
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
kill -KILL $guard 2>/dev/null
exit \${code:-1}
`;

/** A server as a child process that never outlives this one. */
export class ServerProcess {
  private child: ChildProcess | undefined;

  constructor(private readonly settings: ServerSettings) {}

  get url(): string {
    return this.settings.url;
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when the server is ready. Rejects with the last lines of its log when it ends or stays silent. */
  async start(): Promise<void> {
    if (this.running) return;
    const { program, args, logFile, runIn } = this.settings;
    const log = openSync(logFile, 'a');
    // A process group of its own: Ctrl-C in the terminal reaches only us, and we end the servers in order.
    this.child = spawn('/bin/sh', ['-c', GUARD, 'sh', program, ...args], {
      cwd: runIn,
      detached: true,
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    this.child.stdin?.on('error', () => undefined);
    await this.waitUntilReady();
  }

  /** SIGTERM, and SIGKILL when that does not do. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** SIGKILL at once: nothing is saved. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Rejects with the server's words when it refuses the new files; it then goes on with the old ones. */
  async reload(): Promise<void> {
    const answer = await fetch(`${this.url}/-/reload`, { method: 'POST' });
    if (!answer.ok) throw new Error(`${this.settings.name} refused to reload: ${(await answer.text()).trim()}`);
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (child === undefined || !this.running) return;
    const exited = once(child, 'exit');
    this.signalGroup(signal);
    const timer = setTimeout(() => this.signalGroup('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  private signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private async waitUntilReady(): Promise<void> {
    const { isReady = () => answersReady(this.url) } = this.settings;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (!this.running) throw new Error(await this.failure('ended at its start'));
      if (await isReady()) return;
      await sleep(POLL_MS);
    }
    await this.kill();
    throw new Error(await this.failure(`was not ready after ${READY_TIMEOUT_MS / 1_000} s`));
  }

  private async failure(what: string): Promise<string> {
    const { name, logFile } = this.settings;
    const log = await readFile(logFile, 'utf8').catch(() => '');
    const tail = log.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
    return `${name} ${what}; the end of ${logFile}:\n${tail}`;
  }
}

async function answersReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
