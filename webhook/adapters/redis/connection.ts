import type { Redis } from 'ioredis';

/** How long an answer is waited for. Milliseconds, like the two below; protocol, not scaled. */
const PATIENCE = 50;
/** A connection on which nothing was answered for so long is left alone; less is a hiccup, of Redis or of ourselves. */
const SILENT_FOR = 150;
/** And for so long, before one caller tries it again. */
const LEFT_ALONE = 1000;

export interface Answered<T> {
  readonly value: T;
}

/** One connection that may fail at any time: what is asked of it is answered, or null. Never rejects, never emits. */
export class Connection {
  private why: string | null = null;
  /** Before it nobody asks: a Redis that is slow must not cost every caller its whole patience. */
  private askAgainAt = 0;
  /** When the first of those was asked who have had no answer since the last that came; null while none is missing. */
  private silentFrom: number | null = null;

  constructor(
    private readonly client: Redis,
    /** Milliseconds that never jump. */
    private readonly now: () => number,
  ) {
    client.on('error', (error: Error) => this.fail(error));
    client.on('close', () => {
      this.why ??= 'the connection was closed';
    });
    client.on('ready', () => this.mend());
  }

  /** Null while all is well, and before the first connection has succeeded or failed. */
  get trouble(): string | null {
    return this.why;
  }

  /** For whom time matters: null at once while it is known not to answer. */
  async ask<T>(command: (client: Redis) => Promise<T>): Promise<Answered<T> | null> {
    if (this.client.status !== 'ready' || this.now() < this.askAgainAt) return null;
    if (this.askAgainAt > 0) this.askAgainAt = this.now() + LEFT_ALONE;
    return this.send(command);
  }

  /** For whoever finds out how things are: asks in any case, and an answer mends what was out of order. */
  async check(command: (client: Redis) => Promise<unknown>): Promise<boolean> {
    if (this.client.status !== 'ready') return false;
    const answered = await this.send(command);
    if (answered) this.mend();
    return answered !== null;
  }

  close(): Promise<void> {
    const { client } = this;
    // A client that waits for its next try has nothing to close and says so to nobody.
    const closes = client.status === 'ready' || client.status === 'connect' || client.status === 'connecting';
    const closed = closes ? new Promise<void>((resolve) => void client.once('end', resolve)) : Promise.resolve();
    client.disconnect();
    return closed;
  }

  private async send<T>(command: (client: Redis) => Promise<T>): Promise<Answered<T> | null> {
    const asked = this.now();
    try {
      const value = await inTime(command(this.client));
      this.noteAnswer();
      return { value };
    } catch (error) {
      this.fail(error);
      // Who says no has answered.
      if (isRefusal(error)) this.noteAnswer();
      else this.noteSilence(asked);
      return null;
    }
  }

  private noteAnswer(): void {
    this.askAgainAt = 0;
    this.silentFrom = null;
  }

  private noteSilence(asked: number): void {
    this.silentFrom ??= asked;
    const now = this.now();
    if (now - this.silentFrom >= SILENT_FOR) this.askAgainAt = now + LEFT_ALONE;
  }

  private fail(error: unknown): void {
    const { message, code }: Error & { code?: string } = error instanceof Error ? error : new Error(String(error));
    // Several addresses that all refuse are one error without words. Never more of it: it carries the command's arguments.
    this.why = message || code || 'the connection failed';
  }

  private mend(): void {
    this.why = null;
    this.noteAnswer();
  }
}

/**
 * Not ioredis' own time-out: in a storm one turn of the event loop takes longer than our patience, the timer is then due
 * before anybody has read the answer that lies in the socket, and Redis would be given up just when it is needed. After
 * the timer comes one more reading of the sockets.
 */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(new Error(`no answer within ${PATIENCE} ms`));
    timer = setTimeout(() => setImmediate(giveUp), PATIENCE);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}
