import { levelOf, type LevelInput } from '../../webhook/alertmanager/level';
import type { HeardAlert } from '../../webhook/alertmanager/heard';
import type { AlertmanagerLevel, ApiAlert, Silence } from '../../webhook/model/alert';
import { readAlert, rawAlert } from './posted';

const NOW = 1_000_000;
const FRESH = 180_000;

function active(overrides: Partial<ApiAlert> = {}): ApiAlert {
  const times = { updatedAt: NOW, endsAt: NOW + 60_000 };
  return { ...rawAlert(), ...times, receivers: ['smartscale'], silencedBy: [], inhibitedBy: [], ...overrides };
}

function watchdog(overrides: Partial<ApiAlert> = {}): ApiAlert {
  return active({
    fingerprint: 'd09',
    labels: { alertname: 'Watchdog', cluster: 'c1' },
    annotations: {},
    ...overrides,
  });
}

function says(...alerts: readonly ApiAlert[]): AlertmanagerLevel {
  return { alerts, silences: [] };
}

const SILENCE: Silence = { id: 's1', endsAt: NOW + 3_600_000, createdBy: 'ann', comment: 'release' };

function silences(alert: ApiAlert, ...silencing: readonly Silence[]): AlertmanagerLevel {
  return { alerts: [{ ...alert, silencedBy: silencing.map(({ id }) => id) }], silences: silencing };
}

function heard(overrides: Parameters<typeof readAlert>[0] = {}): HeardAlert {
  return { alert: readAlert(overrides), firstAt: NOW - 50, lastAt: NOW - 10 };
}

const IDLE = { fingerprint: '1d1e', labels: { alertname: 'Idle', scale: 'down', pool: 'workers', cluster: 'c1' } };

function level(input: Partial<LevelInput>) {
  const nothing = { heard: [], answered: [says()], silent: 0 };
  return levelOf({ now: NOW, cluster: 'c1', onlyCluster: 'c1', watchdogFresh: FRESH, ...nothing, ...input });
}

describe('one Alertmanager', () => {
  test('an alert that it calls active and that was posted is heard', () => {
    const { alerts } = level({ answered: [says(active())], heard: [heard()] });
    expect(alerts).toMatchObject([{ name: 'HighCpu', heardAt: NOW - 10, firstHeardAt: NOW - 50, silence: null }]);
  });

  test('an alert that it calls active and that was never posted is not heard', () => {
    expect(level({ answered: [says(active())] }).alerts).toMatchObject([{ heardAt: null, firstHeardAt: null }]);
  });

  test('an alert that was posted and that it does not know is gone', () => {
    expect(level({ heard: [heard()] }).alerts).toEqual([]);
  });

  test('the number is what it says now, not what was posted', () => {
    const answered = [says(active({ annotations: { nodes: '7' } }))];
    expect(level({ answered, heard: [heard()] }).alerts).toMatchObject([{ wish: { kind: 'total', nodes: 7 } }]);
  });

  test('the start is what it says, whatever was posted', () => {
    const answered = [says(active({ startsAt: 5 }))];
    expect(level({ answered, heard: [heard({ startsAt: 900 })] }).alerts).toMatchObject([
      { startsAt: 5, heardAt: NOW - 10 },
    ]);
  });

  test('of several silences the one that ends last is told', () => {
    const later = { ...SILENCE, id: 's2', endsAt: NOW + 7_200_000 };
    expect(level({ answered: [silences(active(), later, SILENCE)] }).alerts).toMatchObject([{ silence: later }]);
  });

  test('a silence that is not listed any more counts all the same', () => {
    const answered = [says(active({ silencedBy: ['s9'] }))];
    expect(level({ answered }).alerts).toMatchObject([{ silence: { id: 's9', createdBy: 'unknown' } }]);
  });
});

describe('two Alertmanagers that disagree', () => {
  test('active at one is active', () => {
    expect(level({ answered: [says(), says(active())], heard: [heard()] }).alerts).toHaveLength(1);
  });

  test('gone at both is gone', () => {
    expect(level({ answered: [says(), says()], heard: [heard()] }).alerts).toEqual([]);
  });

  test.each([
    ['the first', [silences(active(), SILENCE), says(active())]],
    ['the second', [says(active()), silences(active(), SILENCE)]],
  ])('silenced at %s is silenced', (_which, answered) => {
    expect(level({ answered }).alerts).toMatchObject([{ silence: SILENCE }]);
  });

  test('inhibited at one is not inhibited, at both it is', () => {
    const inhibited = says(active({ inhibitedBy: ['f1'] }));
    expect(level({ answered: [inhibited, says(active())] }).alerts).toMatchObject([{ inhibited: false }]);
    expect(level({ answered: [inhibited, inhibited] }).alerts).toMatchObject([{ inhibited: true }]);
  });

  test.each([
    ['first', [active({ startsAt: 9, annotations: { nodes: '9' } }), active({ startsAt: 5 })]],
    ['second', [active({ startsAt: 5 }), active({ startsAt: 9, annotations: { nodes: '9' } })]],
  ])('the text is that of the later start, which the %s has', (_which, alerts) => {
    const answered = alerts.map((alert) => says(alert));
    expect(level({ answered }).alerts).toMatchObject([{ startsAt: 9, wish: { nodes: 9 } }]);
  });
});

describe('one of two that does not answer', () => {
  test('what was posted may be an up alert of the silent one', () => {
    const { alerts, alertmanagerSilent } = level({ silent: 1, heard: [heard()] });
    expect(alerts).toMatchObject([{ name: 'HighCpu', silence: null, inhibited: false, heardAt: NOW - 10 }]);
    expect(alertmanagerSilent).toBe(false);
  });

  test('what was posted is no down alert unless one that answers says so', () => {
    expect(level({ silent: 1, heard: [heard(IDLE)] }).alerts).toEqual([]);
    expect(level({ silent: 1, heard: [heard(IDLE)], answered: [says(active(IDLE))] }).alerts).toHaveLength(1);
  });

  test('a silence at the one that answers holds', () => {
    const answered = [silences(active(), SILENCE)];
    expect(level({ silent: 1, answered, heard: [heard()] }).alerts).toMatchObject([{ silence: SILENCE }]);
  });
});

test('when none answers, what was posted stands for it, and it is said that none did', () => {
  const { alerts, alertmanagerSilent } = level({ answered: [], silent: 2, heard: [heard(), heard(IDLE)] });
  expect(alerts.map(({ name }) => name)).toEqual(['HighCpu', 'Idle']);
  expect(alertmanagerSilent).toBe(true);
});

describe('the Watchdog', () => {
  test.each<[string, readonly AlertmanagerLevel[], boolean]>([
    ['updated now', [says(watchdog())], true],
    ['updated three minutes ago', [says(watchdog({ updatedAt: NOW - FRESH }))], true],
    ['updated longer ago', [says(watchdog({ updatedAt: NOW - FRESH - 1 }))], false],
    ['missing', [says()], false],
    ['without the label cluster', [says(watchdog({ labels: { alertname: 'Watchdog' } }))], true],
    ['of another cluster', [says(watchdog({ labels: { alertname: 'Watchdog', cluster: 'c2' } }))], false],
    ['stale at one of two', [says(watchdog({ updatedAt: 0 })), says(watchdog())], true],
    ['at the one of two that does not answer', [], false],
  ])('%s', (_what, answered, fresh) => {
    expect(level({ answered }).watchdogFresh).toBe(fresh);
  });
});
