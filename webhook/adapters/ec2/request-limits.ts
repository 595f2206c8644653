import type { Clock } from '../../ports';

/** Requests a second, and how many may come at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

type Bucket = 'describe' | 'change' | 'terminate' | 'run';

/**
 * Half of what EC2 was observed to grant an account in a region (20 a second and 100 at once, 5 and 50, 5 and 100, 2 and 5):
 * the other half is left to a second replica, or to whatever else runs in the account.
 */
export const OWN_RATES: Readonly<Record<Bucket, Rate>> = {
  describe: { perSecond: 10, burst: 50 },
  change: { perSecond: 2.5, burst: 25 },
  terminate: { perSecond: 2.5, burst: 50 },
  run: { perSecond: 1, burst: 2 },
};

/** A request that would have to wait for longer is not sent: as long as EC2 itself is waited for. Milliseconds. */
const PATIENCE = 30_000;

/** EC2 has throttled us all the same: then others ask too, and for so long we ask half as often. Milliseconds. */
const SLOWED = 60_000;

/** Its name is in the error table. */
class OwnRequestLimit extends Error {
  override readonly name = 'OwnRequestLimit';
}

/**
 * How often one process asks EC2 in one region, all its clusters and pools together: a storm of ours must not use up what
 * EC2 grants the whole account. Whoever comes first is served first. `clock` must not be set back: a monotonic one.
 */
export class RequestLimits {
  private readonly buckets = new Map<Bucket, { tokens: number; at: number }>();
  private readonly slowedUntil = new Map<Bucket, number>();

  constructor(
    private readonly clock: Clock,
    private readonly rates: Readonly<Record<Bucket, Rate>> = OWN_RATES,
    private readonly patience = PATIENCE,
  ) {}

  /** Resolves when the request may be sent, at once and without a timer while there are tokens. */
  async admit(action: string): Promise<void> {
    const wait = this.reserve(bucketOf(action));
    if (wait > this.patience) {
      throw new OwnRequestLimit(`${action} was not sent: its turn would have come in ${Math.round(wait / 1000)} s`);
    }
    if (wait > 0) await this.clock.sleep(Math.ceil(wait));
  }

  /** EC2 has throttled a request of this name. */
  throttled(action: string): void {
    this.slowedUntil.set(bucketOf(action), this.clock.now() + SLOWED);
  }

  /** Milliseconds until it is its turn; what would wait too long takes no token. */
  private reserve(name: Bucket): number {
    const { perSecond: full, burst } = this.rates[name];
    const at = this.clock.now();
    const perSecond = at < (this.slowedUntil.get(name) ?? 0) ? full / 2 : full;
    const before = this.buckets.get(name) ?? { tokens: burst, at };
    const tokens = Math.min(burst, before.tokens + (perSecond * (at - before.at)) / 1000);
    const wait = Math.max(0, ((1 - tokens) / perSecond) * 1000);
    this.buckets.set(name, { tokens: wait > this.patience ? tokens : tokens - 1, at });
    return wait;
  }
}

/** As EC2 counts them: what reads together, what changes together, and two apart. */
function bucketOf(action: string): Bucket {
  if (action === 'TerminateInstances') return 'terminate';
  if (action === 'RunInstances') return 'run';
  return /^(Describe|Get)/.test(action) ? 'describe' : 'change';
}

/** For a world that is so much faster: everything is asked for that much more often. */
export function ratesAt(timeScale: number): typeof OWN_RATES {
  const faster = Object.entries(OWN_RATES).map(([name, { perSecond, burst }]) => [
    name,
    { perSecond: perSecond * timeScale, burst },
  ]);
  return Object.fromEntries(faster) as typeof OWN_RATES;
}
