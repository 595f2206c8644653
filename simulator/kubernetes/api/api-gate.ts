/** Which calls something is meant for; absent = all. */
export interface CallMatch {
  readonly method?: string;
  /** Tested on path and query. */
  readonly url?: RegExp;
}

/** What goes wrong with one call. */
export type ApiTrouble =
  /** Answered with this, nothing applied. */
  | { readonly kind: 'fail'; readonly status: number; readonly retryAfterSeconds?: number; readonly message?: string }
  /** Applied, then the connection breaks before the answer. */
  | { readonly kind: 'lose-reply' };

export interface LoggedCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
  /** Status of the answer; null when the connection broke instead. */
  readonly status: number | null;
  /** Epoch milliseconds of the cluster's clock. */
  readonly at: number;
}

const LONGEST_LOG = 10_000;

/** Stands before the API: keeps the log of calls that reached it, and plays the trouble that a test or a demo asks for. */
export class ApiGate {
  /** While true every connection breaks at once. */
  unreachable = false;
  private readonly log: LoggedCall[] = [];
  private readonly planned: { readonly match: CallMatch; readonly trouble: ApiTrouble; left: number }[] = [];

  /** Oldest first; only the last 10,000 are kept. */
  get calls(): readonly LoggedCall[] {
    return this.log;
  }

  record(call: LoggedCall): void {
    this.log.push(call);
    if (this.log.length > LONGEST_LOG) this.log.shift();
  }

  /** The next `times` calls that match are not applied and get this answer. */
  failNext(answer: Omit<ApiTrouble & { kind: 'fail' }, 'kind'>, match: CallMatch = {}, times = 1): void {
    this.planned.push({ match, trouble: { kind: 'fail', ...answer }, left: times });
  }

  loseNextReply(match: CallMatch = {}, times = 1): void {
    this.planned.push({ match, trouble: { kind: 'lose-reply' }, left: times });
  }

  /** What is planned for this call, which is thereby used up. */
  take(method: string, url: string): ApiTrouble | null {
    const index = this.planned.findIndex(
      ({ match }) => (match.method ?? method) === method && (match.url?.test(url) ?? true),
    );
    const plan = this.planned[index];
    if (plan === undefined) return null;
    plan.left -= 1;
    if (plan.left <= 0) this.planned.splice(index, 1);
    return plan.trouble;
  }
}
