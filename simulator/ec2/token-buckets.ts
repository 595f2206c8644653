/** Requests a second that EC2 grants a region, and how many may come at once. AWS documents the scheme, not every number. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface Rates {
  readonly describe: Rate;
  readonly change: Rate;
  /** Actions with a bucket of their own. */
  readonly of: Readonly<Record<string, Rate>>;
}

/** As Kubernetes' EC2 simulations (kwok in Karpenter) take them from what was observed. */
export const EC2_RATES: Rates = {
  describe: { perSecond: 20, burst: 100 },
  change: { perSecond: 5, burst: 50 },
  of: { TerminateInstances: { perSecond: 5, burst: 100 }, RunInstances: { perSecond: 2, burst: 5 } },
};

interface Bucket {
  tokens: number;
  /** When it was filled up last, epoch milliseconds. */
  at: number;
}

/** One bucket for all that reads, one for all that changes, and one for each action that has its own. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly rates: Rates) {}

  /** False when the bucket of the action is empty: the request is throttled, and nothing is taken. */
  take(action: string, at: number): boolean {
    const { name, rate } = this.rateOf(action);
    const bucket = this.buckets.get(name) ?? { tokens: rate.burst, at };
    const earned = (Math.max(0, at - bucket.at) / 1000) * rate.perSecond;
    const tokens = Math.min(rate.burst, bucket.tokens + earned);
    const granted = tokens >= 1;
    this.buckets.set(name, { tokens: granted ? tokens - 1 : tokens, at: Math.max(at, bucket.at) });
    return granted;
  }

  private rateOf(action: string): { readonly name: string; readonly rate: Rate } {
    const own = this.rates.of[action];
    if (own) return { name: action, rate: own };
    const reads = /^(Describe|Get)/.test(action);
    return reads ? { name: 'describe', rate: this.rates.describe } : { name: 'change', rate: this.rates.change };
  }
}
