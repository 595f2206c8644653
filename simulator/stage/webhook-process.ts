import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GUARD } from '../monitoring/server-process';
import { REPOSITORY } from '../monitoring/shipped-files';

/** One line of the webhook's log: `msg` says what happened, the rest are its fields. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export interface WebhookSettings {
  readonly configFile: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLine?: (line: LogLine) => void;
}

/** Always the compiled service, also when this file itself runs from its source. */
const MAIN = join(REPOSITORY, 'dist', 'webhook', 'main.js');
const START_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 15_000;
const LINES_KEPT = 5000;

/** The service as users run it: the compiled main.js with a configuration file, as a process of its own. */
export class WebhookProcess {
  readonly lines: LogLine[] = [];
  private child: ChildProcess | undefined;
  private complaints = '';
  private listening = '';

  constructor(private readonly settings: WebhookSettings) {}

  get url(): string {
    return this.listening;
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Of the process that ended last; null while it runs, before it was started and when a signal ended it. */
  get exitCode(): number | null {
    return this.child?.exitCode ?? null;
  }

  /** Resolves when it listens; rejects with what it wrote when it ends or stays silent. */
  async start(): Promise<void> {
    this.listening = '';
    this.child = spawn('/bin/sh', ['-c', GUARD, 'sh', process.execPath, MAIN, '--config', this.settings.configFile], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...this.settings.environment },
    });
    const { stdin, stdout, stderr } = this.child;
    stdin?.on('error', () => undefined);
    stderr?.on('data', (text: Buffer) => {
      this.complaints = (this.complaints + text.toString()).slice(-4000);
    });
    if (stdout) createInterface({ input: stdout }).on('line', (line) => this.take(line));
    const deadline = Date.now() + START_WITHIN_MS;
    while (this.listening === '') {
      if (!this.running) throw new Error(`the webhook ended at its start:\n${this.complaints}`);
      if (Date.now() > deadline) {
        await this.kill();
        throw new Error(`the webhook did not listen within ${START_WITHIN_MS / 1000} s:\n${this.complaints}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** SIGTERM: it finishes what is under way. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** SIGKILL at once. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (!child || !this.running) return;
    // Not 'exit': its last lines may still be under way.
    const closed = once(child, 'close');
    this.signalGroup(signal);
    const timer = setTimeout(() => this.signalGroup('SIGKILL'), STOP_WITHIN_MS);
    await closed;
    clearTimeout(timer);
  }

  /** The guard and the service are one process group. */
  private signalGroup(signal: 'SIGTERM' | 'SIGKILL'): void {
    try {
      if (this.child?.pid !== undefined) process.kill(-this.child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private take(text: string): void {
    const line = parseLine(text);
    if (line === null) return;
    this.lines.push(line);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
    if (line.msg === 'listening') this.listening = String(line['url']);
    this.settings.onLine?.(line);
  }
}

function parseLine(text: string): LogLine | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && 'msg' in parsed ? (parsed as LogLine) : null;
  } catch {
    return null;
  }
}
