import { FakeAlertmanager, fingerprintOf, type FiredAlert } from '../../fakes/fake-alertmanager';
import { body } from '../../alertmanager/posted';

/** As k3s/alertmanager/alertmanager.yml makes them: repeat_interval 115 s and 175 s, at the next flush. Milliseconds. */
const REPEATS = { up: 120_000, down: 180_000 } as const;

export type Post = (payload: object) => Promise<PostAnswer>;

export interface PostAnswer {
  readonly status: number;
  readonly body: {
    readonly state?: string;
    readonly error?: string;
    readonly advice?: string;
    readonly alerts?: readonly { readonly alert: string; readonly pool: string; readonly state: string }[];
    readonly decisions?: readonly {
      readonly pool: string;
      readonly outcome: string;
      readonly reason: string;
      readonly detail: string;
    }[];
  };
}

/** group_interval of the up route: what was held back is looked at again so often. Milliseconds. */
const FLUSH = 30_000;

interface Firing {
  alert: Required<FiredAlert>;
  /** When it is posted, or looked at, next. */
  nextAt: number;
}

/** Alertmanagers with the shipped routes, a pair as one: post what fires at once, repeat it, and answer what is active. */
export class Alertmanager {
  readonly api: FakeAlertmanager;
  private readonly firing = new Map<string, Firing>();

  constructor(
    private readonly now: () => number,
    private readonly post: Post,
    members = 1,
  ) {
    this.api = new FakeAlertmanager(now, members);
    this.api.watchdog();
  }

  /** Fires, or fires on with another number; posted at once unless something holds it. */
  async fires(alert: FiredAlert): Promise<PostAnswer | null> {
    return this.flush(this.know(alert));
  }

  /** Fires, or fires on with another number; not posted before the next repeat. */
  changes(alert: FiredAlert): void {
    this.know(alert);
  }

  /** It is active there, and nobody ever posts it: another route, or muted. */
  knows(alert: FiredAlert): void {
    this.api.fire(alert);
  }

  /** Several in one post, as a route with another group_by sends them. */
  firesTogether(...alerts: readonly FiredAlert[]): Promise<PostAnswer> {
    return this.post(payloadOf(alerts.map((alert) => this.know(alert).alert)));
  }

  /** The same post once more: a retry, or the other half of a pair. */
  repeats(alert: FiredAlert): Promise<PostAnswer> {
    return this.post(payloadOf(this.know(alert).alert));
  }

  async resolves(alert: FiredAlert): Promise<PostAnswer> {
    const { alert: known } = this.know(alert);
    this.firing.delete(fingerprintOf(alert.labels));
    this.api.resolve(alert.labels);
    return this.post(payloadOf(known, 'resolved'));
  }

  /** Ends without a post: while it was silenced, or because Alertmanager was killed before it told. */
  ends({ labels }: FiredAlert): void {
    this.firing.delete(fingerprintOf(labels));
    this.api.resolve(labels);
  }

  /** Goes on firing, and is posted no more: a mute interval of the route has begun. */
  mutes({ labels }: FiredAlert): void {
    this.firing.delete(fingerprintOf(labels));
  }

  /**
   * Resolves and fires again before the group is looked at, or behind a silence: Alertmanager remembers that it has told,
   * and tells again only at the next repeat.
   */
  flaps(alert: FiredAlert): void {
    const known = this.know(alert);
    known.alert = { ...known.alert, startsAt: this.now() };
    this.api.fire(known.alert);
  }

  /** Posts what is due. */
  async flushDue(): Promise<void> {
    for (const firing of [...this.firing.values()]) if (firing.nextAt <= this.now()) await this.flush(firing);
  }

  private async flush(firing: Firing): Promise<PostAnswer | null> {
    const held = this.isHeld(firing.alert);
    firing.nextAt = this.now() + (held ? FLUSH : repeatInterval(firing.alert));
    return held ? null : this.post(payloadOf(firing.alert));
  }

  private isHeld({ labels }: FiredAlert): boolean {
    const read = this.api.members[0]?.read();
    if (!read?.ok) return false;
    const shown = read.level.alerts.find(({ fingerprint }) => fingerprint === fingerprintOf(labels));
    return shown !== undefined && shown.silencedBy.length + shown.inhibitedBy.length > 0;
  }

  /** Keeps `startsAt` while it goes on firing, as Alertmanager does whatever the annotations say. */
  private know(alert: FiredAlert): Firing {
    const key = fingerprintOf(alert.labels);
    const firing = this.firing.get(key) ?? {
      alert: { annotations: {}, startsAt: this.now(), ...alert },
      nextAt: this.now(),
    };
    firing.alert = { annotations: {}, ...alert, startsAt: firing.alert.startsAt };
    this.firing.set(key, firing);
    this.api.fire(firing.alert);
    return firing;
  }
}

function repeatInterval({ labels }: FiredAlert): number {
  return labels['scale'] === 'down' ? REPEATS.down : REPEATS.up;
}

/** The body that Alertmanager posts for these alerts. */
export function payloadOf(fired: FiredAlert | readonly FiredAlert[], status: 'firing' | 'resolved' = 'firing'): object {
  const alerts = [fired].flat().map(({ labels, annotations, startsAt = 0 }) => ({
    status,
    labels,
    annotations,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph',
    fingerprint: fingerprintOf(labels),
  }));
  return body(alerts, { status, groupKey: `{}:${JSON.stringify(alerts[0]?.labels)}` });
}
