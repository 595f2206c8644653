import { FakeAlertmanager, fingerprintOf } from '../fakes/fake-alertmanager';
import { alertmanagerContract } from './alertmanager-contract';
import type { AlertmanagerHarness } from './alertmanager-contract';

const NOW = Date.parse('2026-11-22T03:00:00Z');

function fakeHarness(): AlertmanagerHarness {
  const fake = new FakeAlertmanager(() => NOW);
  fake.inhibit({ scale: 'up', pool: 'workers' }, { scale: 'down', pool: 'workers' });
  const done = () => Promise.resolve();
  return {
    port: fake,
    fire: (...alerts) => done().then(() => alerts.forEach((alert) => fake.fire(alert))),
    resolve: (labels) => done().then(() => fake.resolve(labels)),
    silence: ({ endsAt, ...silence }) => Promise.resolve(fake.silence(endsAt, silence)),
    expireSilence: (id) => done().then(() => fake.expireSilence(id)),
    disconnect: () => done().then(() => void (fake.unreachable = true)),
    reconnect: () => done().then(() => void (fake.unreachable = false)),
    stop: done,
  };
}

alertmanagerContract('the fake', () => Promise.resolve(fakeHarness()));

describe('the fake besides the port', () => {
  const UP = { labels: { alertname: 'HighCpu', scale: 'up', pool: 'workers' } };

  it('can be several, one of which knows less', async () => {
    const fake = new FakeAlertmanager(() => NOW, 2);
    fake.fire(UP);
    fake.members[1]?.resolve(UP.labels);
    const [first, second] = await fake.read();
    expect(first).toMatchObject({ ok: true, level: { alerts: [UP] } });
    expect(second).toMatchObject({ ok: true, level: { alerts: [] } });
  });

  it('lets a silence end by the clock', async () => {
    let now = NOW;
    const fake = new FakeAlertmanager(() => now);
    fake.fire(UP);
    fake.silence(NOW + 1000);
    const silencedBy = async () => {
      const [answer] = await fake.read();
      return answer?.ok === true ? answer.level.alerts[0]?.silencedBy : null;
    };
    expect(await silencedBy()).toEqual(['silence-1']);
    now += 1000;
    expect(await silencedBy()).toEqual([]);
  });

  it('lets alerts grow old and end when Prometheus is dead', async () => {
    let now = NOW;
    const fake = new FakeAlertmanager(() => now);
    fake.watchdog();
    now += 10_000;
    fake.stopUpdates();
    now += 59_999;
    expect(await fake.read()).toMatchObject([{ ok: true, level: { alerts: [{ updatedAt: NOW + 10_000 }] } }]);
    now += 1;
    expect(await fake.read()).toEqual([{ ok: true, level: { alerts: [], silences: [] } }]);
  });

  it('gives the fingerprints of the real one', () => {
    expect(fingerprintOf({ alertname: 'Watchdog' })).toBe('003b0a0f7d3fa569');
    expect(fingerprintOf({ scale: 'up', pool: 'workers', cluster: 'c', alertname: 'HighCpu' })).toBe(
      '81c7e8c106f04ce7',
    );
  });
});
