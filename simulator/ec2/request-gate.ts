import { Ec2Error } from './ec2-error';
import { TokenBuckets, type Rates } from './token-buckets';

/** What goes wrong with one request, to be played by whoever carries requests (the HTTP server, or a fake). */
export type Trouble =
  /** Answered with this error, nothing applied. */
  | { readonly kind: 'fail'; readonly error: Ec2Error }
  /** Applied, then the connection breaks before the answer. */
  | { readonly kind: 'lose-reply' }
  /** Not applied; silent until `released`, then the connection breaks. */
  | { readonly kind: 'hang'; readonly released: Promise<void> }
  /** Never reaches EC2: the connection breaks at once. */
  | { readonly kind: 'unreachable' };

export interface LoggedRequest {
  readonly action: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds of the cloud's clock. */
  readonly at: number;
}

export interface FailureOptions {
  /** HTTP status; EC2's own for the code when absent. */
  readonly status?: number;
  readonly message?: string;
  /** How many requests; 1 when absent. */
  readonly times?: number;
  /** How many requests of the action are let through before; 0 when absent. */
  readonly after?: number;
}

const LONGEST_LOG = 10_000;

/** The name under which a dry run of the action is logged and told to fail. */
export function dryRunOf(action: string): string {
  return `${action} (dry run)`;
}

/** Stands before the cloud: keeps the log of requests that reached EC2, and plays the trouble that a test or a demo asks for. */
export class RequestGate {
  private readonly log: LoggedRequest[] = [];
  private readonly scripted = new Map<string, (() => Trouble | null)[]>();
  private readonly denied = new Set<string>();
  /** Requests that came faster than `limit` allows. */
  throttled = 0;
  private buckets: TokenBuckets | null = null;
  private reachable = true;
  private release: () => void = () => undefined;
  private released = this.newRelease();

  /** Oldest first; only the last 10,000 are kept. */
  get requests(): readonly LoggedRequest[] {
    return this.log;
  }

  /** The next `times` calls of the action get the error, before anything is applied. */
  failNext(action: string, code: string, options: FailureOptions = {}): void {
    const error = new Ec2Error(code, options.message ?? `The simulator was told to answer ${code}.`, options.status);
    this.script(action, options.after ?? 0, () => null);
    this.script(action, options.times ?? 1, () => ({ kind: 'fail', error }));
  }

  /** The next `times` calls of the action are applied and their replies lost. */
  loseNextReply(action: string, times = 1): void {
    this.script(action, times, () => ({ kind: 'lose-reply' }));
  }

  /** The next `times` calls of the action get no answer until `releaseHung`. */
  hangNext(action: string, times = 1): void {
    this.script(action, times, () => ({ kind: 'hang', released: this.released }));
  }

  releaseHung(): void {
    this.release();
    this.released = this.newRelease();
  }

  /** Nothing that was asked for and has not happened yet happens any more. */
  calm(): void {
    this.scripted.clear();
  }

  /** The role loses (or gets back) the permission for the action. */
  deny(action: string, denied = true): void {
    if (denied) this.denied.add(action);
    else this.denied.delete(action);
  }

  /** From now on what comes faster is throttled; null = everything passes, as at the beginning. */
  limit(rates: Rates | null): void {
    this.buckets = rates && new TokenBuckets(rates);
  }

  setUnreachable(unreachable: boolean): void {
    this.reachable = !unreachable;
  }

  /** All trouble that was asked for is over, also what has not happened yet. */
  endTrouble(): void {
    this.scripted.clear();
    this.denied.clear();
    this.reachable = true;
    this.releaseHung();
  }

  /**
   * Called once per request that arrives; null means that it is to be carried out and answered. A dry run needs the same
   * permission as the real thing, and is logged and scripted under a name of its own, such as `CreateFleet (dry run)`.
   */
  admit(action: string, params: Readonly<Record<string, unknown>>, at: number): Trouble | null {
    if (!this.reachable) return { kind: 'unreachable' };
    const name = params['DryRun'] === 'true' ? dryRunOf(action) : action;
    this.note({ action: name, params, at });
    const next = this.scripted.get(name)?.shift()?.() ?? null;
    if (next) return next;
    if (this.buckets && !this.buckets.take(action, at)) return this.throttle();
    if (this.denied.has(action)) return { kind: 'fail', error: unauthorized() };
    return null;
  }

  private note(request: LoggedRequest): void {
    this.log.push(request);
    if (this.log.length > LONGEST_LOG) this.log.shift();
  }

  private throttle(): Trouble {
    this.throttled += 1;
    return { kind: 'fail', error: new Ec2Error('RequestLimitExceeded', 'Request limit exceeded.') };
  }

  private script(action: string, times: number, trouble: () => Trouble | null): void {
    const queue = this.scripted.get(action) ?? [];
    for (let count = 0; count < times; count += 1) queue.push(trouble);
    this.scripted.set(action, queue);
  }

  private newRelease(): Promise<void> {
    return new Promise((resolve) => {
      this.release = resolve;
    });
  }
}

function unauthorized(): Ec2Error {
  return new Ec2Error('UnauthorizedOperation', 'You are not authorized to perform this operation.');
}
