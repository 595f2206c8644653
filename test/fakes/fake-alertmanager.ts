/** AlertmanagerPort in memory: one Alertmanager or several, what Prometheus tells them and what people silence. */
import { SmartScaleError } from '../../webhook/errors';
import type { AlertmanagerLevel, ApiAlert, Silence } from '../../webhook/model/alert';
import type { AlertmanagerPort } from '../../webhook/ports';

type Labels = Readonly<Record<string, string>>;

export interface FiredAlert {
  readonly labels: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: now. */
  readonly startsAt?: number;
}

export interface FakeSilence extends Omit<Silence, 'id'> {
  readonly id: string;
  readonly startsAt: number;
  /** All of these labels, with these values; a value `null` is any. */
  readonly matchers: Readonly<Record<string, string | null>>;
}

/** Until when an alert lives that Prometheus does not send again: four resend delays of 15 s. */
const LIFE_MS = 60_000;

/** One Alertmanager: everything can be done to it alone. */
export class FakeAlertmanagerMember {
  unreachable = false;
  private readonly alerts = new Map<string, Required<FiredAlert>>();
  private readonly silences: FakeSilence[] = [];
  private readonly inhibitions: { readonly source: Labels; readonly target: Labels }[] = [];
  private silentSince: number | null = null;

  constructor(
    private readonly url: string,
    private readonly now: () => number,
  ) {}

  fire({ labels, annotations = {}, startsAt = this.now() }: FiredAlert): string {
    const fingerprint = fingerprintOf(labels);
    this.alerts.set(fingerprint, { labels, annotations, startsAt });
    return fingerprint;
  }

  /** Every alert that carries these labels is resolved. */
  resolve(labels: Labels): void {
    for (const [fingerprint, alert] of this.alerts) {
      if (carries(alert.labels, labels)) this.alerts.delete(fingerprint);
    }
  }

  silence(silence: FakeSilence): void {
    this.silences.push(silence);
  }

  expireSilence(id: string): void {
    const index = this.silences.findIndex((each) => each.id === id);
    if (index >= 0) this.silences.splice(index, 1);
  }

  /** While an alert with the labels of `source` fires, those with the labels of `target` are inhibited. */
  inhibit(source: Labels, target: Labels): void {
    this.inhibitions.push({ source, target });
  }

  /** Prometheus is dead: nothing is updated any more, and everything ends within a minute. */
  stopUpdates(): void {
    this.silentSince ??= this.now();
  }

  resumeUpdates(): void {
    this.silentSince = null;
  }

  read(): Awaited<ReturnType<AlertmanagerPort['read']>>[number] {
    if (!this.unreachable) return { ok: true, level: this.level() };
    return { ok: false, fault: new SmartScaleError('alertmanager-unreachable', `${this.url}: not there`).fault };
  }

  private level(): AlertmanagerLevel {
    const alerts = [...this.alerts]
      .map(([fingerprint, alert]) => this.shown(fingerprint, alert))
      .filter(({ labels, endsAt }) => endsAt > this.now() && ('scale' in labels || labels['alertname'] === 'Watchdog'));
    const applied = new Set(alerts.flatMap(({ silencedBy }) => silencedBy));
    const silences = this.silences
      .filter(({ id }) => applied.has(id))
      .map(({ id, endsAt, createdBy, comment }) => ({ id, endsAt, createdBy, comment }));
    return { alerts, silences };
  }

  private shown(fingerprint: string, alert: Required<FiredAlert>): ApiAlert {
    const updatedAt = this.silentSince ?? this.now();
    return {
      fingerprint,
      ...alert,
      updatedAt,
      endsAt: updatedAt + LIFE_MS,
      receivers: ['smartscale'],
      silencedBy: this.silences.filter((silence) => this.applies(silence, alert.labels)).map(({ id }) => id),
      inhibitedBy: this.inhibitorsOf(alert.labels),
    };
  }

  private applies({ startsAt, endsAt, matchers }: FakeSilence, labels: Labels): boolean {
    if (this.now() < startsAt || this.now() >= endsAt) return false;
    return Object.entries(matchers).every(
      ([name, value]) => name in labels && (value ?? labels[name]) === labels[name],
    );
  }

  private inhibitorsOf(labels: Labels): string[] {
    const sources = this.inhibitions.filter(({ target }) => carries(labels, target)).map(({ source }) => source);
    return [...this.alerts]
      .filter(([, alert]) => sources.some((source) => carries(alert.labels, source)))
      .map(([fingerprint]) => fingerprint);
  }
}

/** The whole set: what is done to it is done to every member. Without a Watchdog until `watchdog()`. */
export class FakeAlertmanager implements AlertmanagerPort {
  readonly members: readonly FakeAlertmanagerMember[];
  /** How often it was read. */
  reads = 0;
  private silenced = 0;

  constructor(
    private readonly now: () => number = () => 0,
    members = 1,
  ) {
    this.members = Array.from(
      { length: members },
      (_, index) => new FakeAlertmanagerMember(`http://alertmanager-${index}`, now),
    );
  }

  /** Fires, or fires on with other annotations. Returns the fingerprint. */
  fire(alert: FiredAlert): string {
    for (const member of this.members) member.fire({ startsAt: this.now(), ...alert });
    return fingerprintOf(alert.labels);
  }

  resolve(labels: Labels): void {
    for (const member of this.members) member.resolve(labels);
  }

  /** Silences everything that scales, or what `matchers` say, from now until `endsAt`. Returns the id. */
  silence(endsAt: number, overrides: Partial<FakeSilence> = {}): string {
    const id = overrides.id ?? `silence-${++this.silenced}`;
    const silence = {
      startsAt: this.now(),
      createdBy: 'ops',
      comment: 'work',
      matchers: { scale: null },
      ...overrides,
    };
    for (const member of this.members) member.silence({ ...silence, id, endsAt });
    return id;
  }

  expireSilence(id: string): void {
    for (const member of this.members) member.expireSilence(id);
  }

  inhibit(source: Labels, target: Labels): void {
    for (const member of this.members) member.inhibit(source, target);
  }

  /** The Watchdog fires, updated at every read. */
  watchdog(firing = true): void {
    if (firing) this.fire({ labels: { alertname: 'Watchdog' } });
    else this.resolve({ alertname: 'Watchdog' });
  }

  stopUpdates(): void {
    for (const member of this.members) member.stopUpdates();
  }

  resumeUpdates(): void {
    for (const member of this.members) member.resumeUpdates();
  }

  set unreachable(unreachable: boolean) {
    for (const member of this.members) member.unreachable = unreachable;
  }

  async read(): ReturnType<AlertmanagerPort['read']> {
    this.reads++;
    await Promise.resolve();
    return this.members.map((member) => member.read());
  }
}

const known = new Map<string, string>();

/** Worked out once for each set of labels: a history asks for the same few again and again. */
export function fingerprintOf(labels: Labels): string {
  const text = JSON.stringify(labels);
  const fingerprint = known.get(text) ?? hashOf(labels);
  known.set(text, fingerprint);
  return fingerprint;
}

/** 64-bit FNV-1a over the sorted labels, each name and value ended by 0xff: the fingerprints of the real one. */
function hashOf(labels: Labels): string {
  const end = Buffer.from([0xff]);
  const parts = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => [Buffer.from(name), end, Buffer.from(value), end]);
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.concat(parts)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

function carries(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
