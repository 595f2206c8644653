/** From what fires to what is asked: pure. */
import type { ScalingAlert, Signals, Wish } from '../model/alert';
import type { Intent } from '../model/decision';
import { alertsByPool } from '../model/observed';
import type { Direction, PoolKey } from '../model/pool';

/**
 * The intents of a pool, in the order in which they are tried: up alerts, the largest wish first; only when no up alert
 * stands, the down alerts, the most cautious first; only when neither stands, what fires under a silence, to be reported.
 *
 * Several up intents and not only the largest, because a cooldown or a fit check that holds the largest back must not
 * hide a smaller one that may act (an urgent alert beside HighCpu). All down intents, because only `decideAll` knows
 * which of a total and a step gives back less.
 */
export function intentsOf(signals: Signals, key: PoolKey): readonly Intent[] {
  const alerts = alertsOf(signals, key).filter((alert) => speaks(alert, signals.alertmanagerSilent));
  const loud = alerts.filter((alert) => alert.silence === null && alert.heardAt !== null);
  const ups = loud.filter((alert) => alert.scale === 'up').sort(byWish);
  if (ups.length > 0) return ups.map((alert) => intentOf(alert, signals.at));
  const downs = loud.filter((alert) => alert.scale === 'down').sort(byCaution);
  if (downs.length > 0) return downs.map((alert) => intentOf(alert, signals.at));
  return alerts
    .filter((alert) => alert.silence !== null)
    .sort((a, b) => Number(b.scale === 'up') - Number(a.scale === 'up') || byWish(a, b))
    .slice(0, 1)
    .map((alert) => intentOf(alert, signals.at));
}

/** The up alerts that veto a scale-down of the pool: active, heard or not. */
export function upAlertsOf(signals: Signals, key: PoolKey): readonly ScalingAlert[] {
  return activeAlerts(signals, key).filter(({ scale }) => scale === 'up');
}

/** Alerts of the pool that fire and that nothing holds back, heard or not. */
export function activeAlerts(signals: Signals, key: PoolKey): readonly ScalingAlert[] {
  return alertsOf(signals, key).filter((alert) => !alert.shadow && alert.silence === null && !alert.inhibited);
}

/** The intent that needs no alert. */
export function belowMinimum(min: number, now: number): Intent {
  return {
    direction: 'up',
    source: BELOW_MINIMUM,
    wish: { kind: 'total', nodes: min },
    urgent: true,
    forPods: false,
    heardAt: now,
    silence: null,
  };
}

/** Puts the minimum among the intents: after up intents that ask for as much or more, or two fleets do the work of one. */
export function withMinimum(asked: readonly Intent[], minimum: Intent): readonly Intent[] {
  const larger = asked.filter((intent) => intent.direction === 'up' && weight(intent.wish) >= weight(minimum.wish));
  return [...larger, minimum, ...asked.filter((intent) => !larger.includes(intent))];
}

export const BELOW_MINIMUM = 'below-minimum';

/** The intent to launch one in the place of a node that is on demand for want of spot, or to give that node back. */
export function returnToSpot(direction: Direction, now: number): Intent {
  return {
    direction,
    source: RETURN_TO_SPOT,
    wish: { kind: 'step' },
    urgent: false,
    forPods: false,
    heardAt: now,
    silence: null,
  };
}

export const RETURN_TO_SPOT = 'return-to-spot';

function alertsOf({ alerts }: Signals, key: PoolKey): readonly ScalingAlert[] {
  return (alertsByPool(alerts).get(key.pool) ?? []).filter((alert) => alert.cluster === key.cluster);
}

function speaks(alert: ScalingAlert, alertmanagerSilent: boolean): boolean {
  if (alert.scale === 'replace' || alert.shadow || alert.inhibited) return false;
  return !(alertmanagerSilent && alert.heardAt === null);
}

function intentOf(alert: ScalingAlert, now: number): Intent {
  return {
    direction: alert.scale === 'down' ? 'down' : 'up',
    source: alert.name,
    wish: alert.wish,
    urgent: alert.urgent,
    forPods: alert.forPods,
    heardAt: alert.firstHeardAt ?? alert.heardAt ?? now,
    silence: alert.silence,
  };
}

/** Totals first, the largest of them first; then steps; what cannot be read last. */
function byWish(a: ScalingAlert, b: ScalingAlert): number {
  return weight(b.wish) - weight(a.wish) || Number(b.urgent) - Number(a.urgent) || (a.name < b.name ? -1 : 1);
}

/** What cannot be read first, because it stops the direction; then the largest total. */
function byCaution(a: ScalingAlert, b: ScalingAlert): number {
  return Number(b.wish.kind === 'invalid') - Number(a.wish.kind === 'invalid') || byWish(a, b);
}

function weight(wish: Wish): number {
  if (wish.kind === 'total') return wish.nodes;
  return wish.kind === 'step' ? -1 : -2;
}
