import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';
import { parseExposition } from '../support/parse-exposition';

export const SCRIPT = join(REPOSITORY, 'k3s/worker/smartscale-notices.sh');

/** Whether a program is on PATH. */
export function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

const CHECKED = 'smartscale_notice_checked_timestamp_seconds';
const NOTICE = 'smartscale_notice_timestamp_seconds';

/** k3s/worker/smartscale-notices.sh as a process of its own: as systemd runs it, only more often. */
export class NoticesUnit {
  readonly file: string;
  private readonly child: ChildProcess;
  private complaints = '';

  constructor(folder: string, imds: string, environment: Readonly<Record<string, string>> = {}) {
    this.file = join(folder, 'smartscale_notices.prom');
    this.child = spawn('sh', [SCRIPT], {
      // Its own group: what it has started ends with it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        SMARTSCALE_IMDS: imds,
        SMARTSCALE_TEXTFILE_FOLDER: folder,
        SMARTSCALE_POLL_SECONDS: '0.05',
        ...environment,
      },
    });
    this.child.stderr?.on('data', (text: Buffer) => (this.complaints += text.toString()));
  }

  /** What it said, line by line. */
  get said(): readonly string[] {
    return this.complaints.split('\n').filter((line) => line !== '');
  }

  /** The file as node-exporter would find it; '' while there is none. */
  text(): string {
    try {
      return readFileSync(this.file, 'utf8');
    } catch {
      return '';
    }
  }

  /** Epoch seconds by kind. */
  notices(): Readonly<Record<string, number>> {
    return this.byKind(NOTICE);
  }

  checked(): Readonly<Record<string, number>> {
    return this.byKind(CHECKED);
  }

  /** Resolves with its exit code when it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.child.pid === undefined || this.isOver) return this.child.exitCode;
    const exited = once(this.child, 'exit');
    process.kill(-this.child.pid, signal);
    await exited;
    return this.child.exitCode;
  }

  /** Its exit code, when it ends by itself. */
  async ended(): Promise<number | null> {
    if (!this.isOver) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  private get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private byKind(name: string): Readonly<Record<string, number>> {
    const samples = parseExposition(this.text()).get(name)?.samples ?? [];
    return Object.fromEntries(samples.map(({ labels, value }) => [labels['kind'] ?? '', value]));
  }
}
