import type { ReadAlert } from './scaling-alert';

export interface HeardAlert {
  /** As it was read: a few short texts, however much was posted. */
  readonly alert: ReadAlert;
  /** First post of the present firing. Epoch milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A cluster with more alerts than this at once has other problems; the oldest are forgotten. */
const MOST = 20_000;

/**
 * What was posted lately. A post stands for `heardFor` milliseconds, repeat_interval and a little more, since a firing
 * alert is posted again at least that often; a resolved one is forgotten.
 */
export class Heard {
  /** In the order of the last post. */
  private readonly alerts = new Map<string, HeardAlert>();

  constructor(
    private readonly heardFor: number,
    private readonly most = MOST,
  ) {}

  remember(alert: ReadAlert, now: number): void {
    const before = this.find(alert.fingerprint, now);
    // A later start is a new firing. An earlier one is not: a pair of Prometheus servers makes it go back.
    const goesOn = before !== null && alert.startsAt <= before.alert.startsAt;
    this.alerts.delete(alert.fingerprint);
    this.alerts.set(alert.fingerprint, { alert, firstAt: goesOn ? before.firstAt : now, lastAt: now });
    for (const oldest of this.alerts.keys()) {
      if (this.alerts.size <= this.most) break;
      this.alerts.delete(oldest);
    }
  }

  /** `startsAt` of the resolved one: a post that comes late must not undo a firing that began after it. */
  forget({ fingerprint, startsAt }: Pick<ReadAlert, 'fingerprint' | 'startsAt'>): void {
    const heard = this.alerts.get(fingerprint);
    if (heard && heard.alert.startsAt <= startsAt) this.alerts.delete(fingerprint);
  }

  find(fingerprint: string, now: number): HeardAlert | null {
    const heard = this.alerts.get(fingerprint);
    return heard && this.stands(heard, now) ? heard : null;
  }

  /** All that still stand; drops those that do not. */
  all(now: number): readonly HeardAlert[] {
    for (const [fingerprint, heard] of this.alerts) {
      if (!this.stands(heard, now)) this.alerts.delete(fingerprint);
    }
    return [...this.alerts.values()];
  }

  /** Either way: after the clock was set back a post would else stand for as long as it had been wrong. */
  private stands({ lastAt }: HeardAlert, now: number): boolean {
    return Math.abs(now - lastAt) <= this.heardFor;
  }
}
