/**
 * Histories outside of jest: in a test file every look at a global goes through an interceptor and every promise through
 * the bookkeeping of the running test, which together take longer than the histories themselves.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

export interface Asked {
  readonly seed: number;
  /** Name of the safety rule that is taken away. */
  readonly without?: string;
}

export interface Played {
  readonly seed: number;
  /** What the witness saw at least once. */
  readonly seen: readonly string[];
  readonly broken: { readonly invariant: string; readonly story: string } | null;
}

/** Most of what a history makes is garbage at its end: with the usual 48 MB young generation a third of the time goes there. */
const YOUNG_GENERATION_MB = 192;

export class Player {
  private constructor(private readonly thread: Worker) {}

  static async start(): Promise<Player> {
    const entry = join(__dirname, 'player-thread.ts');
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      target: 'node20',
      packages: 'external',
      sourcemap: 'inline',
      write: false,
      logLevel: 'error',
    });
    const [code] = outputFiles;
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB };
    return new Player(new Worker(code?.text ?? '', { eval: true, execArgv: ['--enable-source-maps'], resourceLimits }));
  }

  /** One at a time. Rejects when the thread ends by an error that nobody caught. */
  async play(asked: Asked): Promise<Played> {
    const answer = once(this.thread, 'message');
    this.thread.postMessage(asked);
    const [played] = (await answer) as [Played];
    return played;
  }

  async stop(): Promise<void> {
    await this.thread.terminate();
  }
}
