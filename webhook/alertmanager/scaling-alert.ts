/** Reads an alert by the contract of prometheus-rules/CONTRACT.md. Pure. */
import type { ScalingAlert, Wish } from '../model/alert';
import { oneLine } from '../model/one-line';

/** What a post and the API have in common. */
export interface RawAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly startsAt: number;
}

/** What the labels and annotations say; who heard it and what holds it back is added by the level. */
export type ReadAlert = Omit<ScalingAlert, 'heardAt' | 'firstHeardAt' | 'silence' | 'inhibited'>;

/** More nodes than any pool has: a rule that asks for them is broken. */
const ABSURD = 10_000;
/** As in the rules: 0.3 / 0.1 reads 2.9999999999999996, and its mirror image must not buy a node. */
const FUZZ = 1e-6;
/** Go's %v of a float that is a number of nodes. Not Number(): that takes "", "0x10" and " 3". */
const DECIMAL = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/**
 * Null when the alert is no scaling alert. An absent `cluster` means the only configured one; with several it stays
 * empty, which is no cluster's name. An absent `pool` stays empty too: every scaling alert carries it.
 */
export function readScalingAlert(alert: RawAlert, onlyCluster: string | null): ReadAlert | null {
  const { labels, annotations } = alert;
  const scale = labels['scale'];
  if (scale !== 'up' && scale !== 'down' && scale !== 'replace') return null;
  return {
    fingerprint: alert.fingerprint,
    name: oneLine(labels['alertname'] ?? 'unnamed'),
    cluster: labels['cluster'] ?? onlyCluster ?? '',
    pool: labels['pool'] ?? '',
    scale,
    node: labels['node'] === undefined ? null : oneLine(labels['node']),
    recommended: isRecommended(labels),
    shadow: labels['mode'] === 'shadow',
    wish: readWish(annotations['nodes']),
    urgent: annotations['urgent'] === 'true',
    forPods: annotations['pods'] === 'unschedulable',
    summary: oneLine(annotations['summary'] ?? ''),
    startsAt: alert.startsAt,
  };
}

/** The label comes from the metric of the unit on the node: prometheus-rules/CONTRACT.md. */
function isRecommended(labels: RawAlert['labels']): boolean {
  return labels['scale'] === 'replace' && labels['kind'] === 'rebalance';
}

/**
 * Absent is the step; what is there and no number of nodes is invalid and never falls back to the step. Part of a node
 * is a whole one, in both directions: growing never falls short, and giving back never takes too many.
 */
export function readWish(text: string | undefined): Wish {
  if (text === undefined) return { kind: 'step' };
  const number = DECIMAL.test(text) ? Number(text) : NaN;
  if (!(number >= 0 && number <= ABSURD)) return { kind: 'invalid', text: oneLine(text) };
  return { kind: 'total', nodes: Math.max(0, Math.ceil(number - FUZZ)) };
}
