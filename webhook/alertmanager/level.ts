/** What was posted and what the Alertmanagers say, as one level. Pure. */
import type { AlertmanagerLevel, ApiAlert, ScalingAlert, Signals, Silence } from '../model/alert';
import type { HeardAlert } from './heard';
import { readScalingAlert, type RawAlert } from './scaling-alert';

export const WATCHDOG = 'Watchdog';

export interface LevelInput {
  readonly now: number;
  readonly cluster: string;
  readonly onlyCluster: string | null;
  readonly heard: readonly HeardAlert[];
  /** What the Alertmanagers that answered said. */
  readonly answered: readonly AlertmanagerLevel[];
  /** How many did not answer. */
  readonly silent: number;
  /** Milliseconds within which the Watchdog must have been updated. */
  readonly watchdogFresh: number;
}

/**
 * Active needs one Alertmanager, a silence in any wins, gone needs all. When none answers, what was posted stands for
 * it; when only some do, what was posted and is not among their alerts may be at one of the others and stands too. Not so
 * a down alert: it may have ended, and the one that would have said so is silent.
 */
export function levelOf(input: LevelInput): Signals {
  const { now, answered, silent, heard } = input;
  const known = merged(answered);
  const posted = new Map(heard.map((it) => [it.alert.fingerprint, it]));
  const fromApi = [...known.values()].map((alert) => read(alert, posted.get(alert.fingerprint), input.onlyCluster));
  const maySpeak = ({ alert }: HeardAlert) => answered.length === 0 || alert.scale !== 'down';
  const unseen = silent > 0 ? heard.filter((it) => !known.has(it.alert.fingerprint) && maySpeak(it)) : [];
  const fromPosts = unseen.map((it) => ({ ...it.alert, ...hearing(it), silence: null, inhibited: false }));
  return {
    at: now,
    alerts: [...fromApi.filter((alert) => alert !== null), ...fromPosts],
    alertmanagerSilent: answered.length === 0,
    watchdogFresh: answered.some((level) => hasFreshWatchdog(level, input)),
  };
}

type KnownAlert = RawAlert & { readonly silence: Silence | null; readonly inhibited: boolean };

function merged(levels: readonly AlertmanagerLevel[]): ReadonlyMap<string, KnownAlert> {
  const known = new Map<string, KnownAlert>();
  for (const { alerts, silences } of levels) {
    for (const alert of alerts) {
      const one = { ...alert, silence: longest(alert, silences), inhibited: alert.inhibitedBy.length > 0 };
      const other = known.get(alert.fingerprint);
      known.set(alert.fingerprint, other ? joined(other, one) : one);
    }
  }
  return known;
}

/** The same alert at two Alertmanagers: the newer text, any silence, inhibited only if both say so. */
function joined(a: KnownAlert, b: KnownAlert): KnownAlert {
  const newer = b.startsAt >= a.startsAt ? b : a;
  return { ...newer, silence: laterSilence(a.silence, b.silence), inhibited: a.inhibited && b.inhibited };
}

/** The silence that ends last, among those that Alertmanager says apply. One that is not listed any more still counts. */
function longest(alert: ApiAlert, silences: readonly Silence[]): Silence | null {
  return alert.silencedBy
    .map((id) => silences.find((it) => it.id === id) ?? { id, endsAt: alert.endsAt, createdBy: 'unknown', comment: '' })
    .reduce<Silence | null>(laterSilence, null);
}

function laterSilence(a: Silence | null, b: Silence | null): Silence | null {
  if (a === null || b === null) return a ?? b;
  return b.endsAt > a.endsAt ? b : a;
}

function read(alert: KnownAlert, heard: HeardAlert | undefined, onlyCluster: string | null): ScalingAlert | null {
  const scaling = readScalingAlert(alert, onlyCluster);
  if (scaling === null) return null;
  return { ...scaling, ...hearing(heard), silence: alert.silence, inhibited: alert.inhibited };
}

function hearing(heard: HeardAlert | undefined): Pick<ScalingAlert, 'heardAt' | 'firstHeardAt'> {
  return { heardAt: heard?.lastAt ?? null, firstHeardAt: heard?.firstAt ?? null };
}

/**
 * A shared Alertmanager has the Watchdogs of other clusters too: they prove nothing about ours. Nor does one from the
 * future: with clocks that far apart nobody can tell whether it is fresh.
 */
function hasFreshWatchdog({ alerts }: AlertmanagerLevel, { cluster, now, watchdogFresh }: LevelInput): boolean {
  return alerts.some(
    ({ labels, updatedAt }) =>
      labels['alertname'] === WATCHDOG &&
      (labels['cluster'] ?? cluster) === cluster &&
      Math.abs(now - updatedAt) <= watchdogFresh,
  );
}
