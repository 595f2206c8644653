/** Bodies as Alertmanagers of three versions wrote them, about alerts of ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprintOf, type FiredAlert } from '../fakes/fake-alertmanager';
import { highCpu, highMemory, queueIsLong, unschedulablePods } from './support/alerts';
import { givenACluster, type Scene } from './support/scene';

interface Recorded {
  readonly alerts: readonly { readonly status: string; readonly labels: { readonly node?: string } }[];
}

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'payloads', `am-${name}.json`), 'utf8')) as Recorded;
}

/** The recorded body with alerts of ours in the place of those of nodes n1 to n4; all else as it was written. */
function about(name: string, alerts: Readonly<Record<string, FiredAlert>>, overrides: object = {}): object {
  const body = recorded(name);
  const ours = body.alerts.map((alert) => {
    const fired = alerts[alert.labels.node ?? ''];
    if (!fired) throw new Error(`${name} speaks of ${alert.labels.node}`);
    return { ...alert, ...fired, fingerprint: fingerprintOf(fired.labels) };
  });
  return { ...body, alerts: ours, ...overrides };
}

const VERSIONS = ['0.25.0', '0.28.1', '0.33.1'] as const;
const FOUR = {
  n1: highCpu({ nodes: 3 }),
  n2: highMemory({ nodes: 4 }),
  n3: queueIsLong({ nodes: 5 }),
  n4: unschedulablePods({ nodes: 3 }),
};

function heard(scene: Scene): readonly string[] {
  const alerts = scene.replica.service.clusters.get('shop')?.heard.all(scene.clock.now()) ?? [];
  return alerts.map(({ alert }) => alert.name);
}

async function givenAll(): Promise<Scene> {
  const scene = await givenACluster({ nodes: 2 });
  for (const alert of Object.values(FOUR)) scene.alertmanager.knows(alert);
  return scene;
}

describe.each(VERSIONS)('Alertmanager %s', (version) => {
  test('a group that fires is heard, each alert of it, and the largest number is followed', async () => {
    const scene = await givenAll();
    const answer = await scene.post(about(`${version}-firing-grouped`, FOUR));
    expect(answer).toMatchObject({ status: 202, body: { decisions: [{ outcome: 'scale-up' }] } });
    expect(heard(scene)).toEqual(['HighCpu', 'HighMemory', 'QueueIsLong', 'UnschedulablePods']);
    await scene.passes('5s');
    expect(scene.cluster.fleets()).toEqual([3]);
  });

  test('in a group of which one has resolved, each alert counts as itself', async () => {
    const scene = await givenAll();
    await scene.post(about(`${version}-firing-grouped`, FOUR));
    const answer = await scene.post(about(`${version}-mixed-firing-resolved`, FOUR));
    expect(answer.body.alerts?.map(({ state }) => state)).toEqual(['forgotten', 'heard', 'heard', 'heard']);
    expect(heard(scene)).toEqual(['HighMemory', 'QueueIsLong', 'UnschedulablePods']);
  });

  test('what a resolved group names is forgotten, and nothing else', async () => {
    const scene = await givenAll();
    await scene.post(about(`${version}-firing-grouped`, FOUR));
    await scene.post(about(`${version}-resolved-all`, FOUR));
    expect(heard(scene)).toEqual(['HighCpu']);
  });

  test('a truncated post calls a group resolved of which one fires on: what it leaves out is not forgotten', async () => {
    const scene = await givenAll();
    await scene.post(about(`${version}-firing-grouped`, FOUR));
    const truncated = about(`${version}-truncated-max_alerts-2-3`, FOUR);
    expect(truncated).toMatchObject({ status: 'resolved', truncatedAlerts: 1, alerts: [{}, {}] });
    expect((await scene.post(truncated)).status).toBe(202);
    expect(heard(scene)).toEqual(['HighCpu', 'UnschedulablePods']);
    expect(scene.replica.logged('post was truncated: set max_alerts to 0')).toMatchObject([{ truncatedAlerts: 1 }]);
  });
});

test('the state of the group is not read: it may say resolved of alerts that fire', async () => {
  const scene = await givenAll();
  await scene.post(about('0.33.1-firing-grouped', FOUR, { status: 'resolved' }));
  expect(heard(scene)).toHaveLength(4);
});

test('fields of versions to come are passed over, a receiver is taken as it is escaped', async () => {
  const scene = await givenAll();
  const routeLabels = { team: 'shop' };
  const newer = { routeLabels, notification_reason: 'repeat', receiver: 'shop\\.smartscale', unheardOf: [{}] };
  const answer = await scene.post(about('0.33.1-firing-grouped', FOUR, newer));
  expect(answer.body.decisions).toMatchObject([{ outcome: 'scale-up' }]);
  expect(scene.replica.logged('received alerts')).toMatchObject([{ receiver: 'shop\\.smartscale', firing: 4 }]);
});

test.each(['3', '5', 4, null, undefined])(
  'version %j is refused with what is understood, and nothing is heard',
  async (version) => {
    const scene = await givenAll();
    const answer = await scene.post(about('0.33.1-firing-grouped', FOUR, { version }));
    expect(answer).toMatchObject({ status: 400, body: { error: 'bad-payload', message: 'version: must be "4"' } });
    expect(answer.body.advice).toContain('version "4"');
    expect(heard(scene)).toEqual([]);
    expect(scene.cluster.fleets()).toEqual([]);
  },
);
