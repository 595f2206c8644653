/** What Prometheus and Alertmanager say that is odd, old or said twice. */
import type { FiredAlert } from '../../fakes/fake-alertmanager';
import { payloadOf } from '../../scenarios/support/alertmanager';
import { highMemory, idle, queueIsLong } from '../../scenarios/support/alerts';
import { MINUTE } from '../../support/builders';
import type { History } from '../support/history';
import type { Mend } from './trouble';

/** A step, and a rule of its own: what the load needs knows nothing of it. */
const nightShift: FiredAlert = { labels: { ...idle().labels, alertname: 'NightShift' }, annotations: {} };

export function oddAlert(history: History): Mend {
  const { draw, alertmanager } = history;
  const nodes = draw.between(0, history.setting.policy.max + 3);
  const alert = draw.oneOf<FiredAlert>([
    highMemory(),
    highMemory({ nodes }),
    queueIsLong({ nodes }),
    queueIsLong(),
    nightShift,
    highMemory({ nodes: 'NaN' }),
  ]);
  history.tell(`${alert.labels['alertname']} fires with ${alert.annotations?.['nodes'] ?? 'no'} nodes`);
  void alertmanager.fires(alert);
  return () => {
    history.tell(`${alert.labels['alertname']} is resolved`);
    void alertmanager.resolves(alert);
  };
}

export function duplicate(history: History): null {
  const alert = history.draw.anyOf(history.demand.alerts);
  if (alert === null) return null;
  const times = history.draw.between(1, 5);
  history.tell(`${alert.labels['alertname']} is posted ${times} times more`);
  for (let i = 0; i < times; i += 1) void history.post(payloadOf({ startsAt: history.now, ...alert }, 'firing'));
  return null;
}

/** Long over, or about another number; or resolved although it fires. */
export function stale(history: History): null {
  const { draw } = history;
  const nodes = draw.between(0, history.setting.policy.max + 3);
  const alert = draw.oneOf([highMemory({ nodes }), queueIsLong({ nodes }), idle({ nodes })]);
  const status = draw.oneOf(['firing', 'firing', 'resolved'] as const);
  history.tell(`a stale post says that ${alert.labels['alertname']} is ${status} with ${nodes} nodes`);
  void history.post(payloadOf({ ...alert, startsAt: history.now - 30 * MINUTE }, status));
  return null;
}

export function noWatchdog(history: History): Mend {
  history.tell('Prometheus is down');
  history.alertmanager.api.stopUpdates();
  history.demand.evaluated = false;
  return () => {
    history.alertmanager.api.resumeUpdates();
    history.demand.evaluated = true;
  };
}
