/** A call as it leaves a process. */
export interface Call {
  readonly port: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

const NEVER = new Promise<never>(() => undefined);

/**
 * A process that can be killed: from then on nothing that it asked is answered, and no timer of its fires. Or paused: then
 * nothing leaves it and nothing reaches it, timers neither, until it wakes up with the calls that it had in its hands.
 */
export class Life {
  killed = false;
  /** Told of every call before it leaves. */
  onCall: (call: Call) => void = () => undefined;
  /** Told of what came back. */
  onAnswer: (call: Call, answer: unknown) => void = () => undefined;
  private sleep: { readonly ended: Promise<void>; readonly end: () => void } | null = null;

  get isPaused(): boolean {
    return this.sleep !== null;
  }

  pause(): void {
    if (this.sleep) return;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.sleep = { ended, end };
  }

  wakeUp(): void {
    this.sleep?.end();
    this.sleep = null;
  }

  /** Resolves when this process runs: when it wakes up, or never. */
  async awake(): Promise<void> {
    while (this.sleep && !this.killed) await this.sleep.ended;
    if (this.killed) return NEVER;
  }
}

/** The port as a process holds it. A call that was under way at the end is carried out, and its answer lost. */
export function mortal<T extends object>(name: string, port: T, life: Life): T {
  return new Proxy(port, {
    get(target, method) {
      const member: unknown = Reflect.get(target, method, target);
      if (typeof member !== 'function' || typeof method !== 'string') return member;
      const apply = (args: readonly unknown[]): unknown => member.apply(target, args);
      if (method === 'now') return () => apply([]);
      return (...args: unknown[]): unknown => carried({ port: name, method, args }, life, apply);
    },
  });
}

function carried(call: Call, life: Life, apply: (args: readonly unknown[]) => unknown): unknown {
  if (life.killed) return NEVER;
  life.onCall(call);
  const answer = life.isPaused ? life.awake().then(() => apply(call.args)) : apply(call.args);
  return answer instanceof Promise ? received(call, answer, life) : answer;
}

async function received(call: Call, answer: Promise<unknown>, life: Life): Promise<unknown> {
  try {
    const value = await answer;
    await heard(life);
    life.onAnswer(call, value);
    return value;
  } catch (error) {
    await heard(life);
    throw error;
  }
}

/** Resolves when an answer can reach the process. */
function heard(life: Life): Promise<void> | undefined {
  return life.killed || life.isPaused ? life.awake() : undefined;
}
