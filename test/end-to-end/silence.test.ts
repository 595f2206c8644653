import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { health } from './support/asked';
import { Drag } from './support/drag';
import { always, eventually } from './support/eventually';
import { OPENING, Scene } from './support/scene';

/** Slower than elsewhere: a bound of 30 s is 2 s here, beside which the work that no scale divides is small. */
const SCALE = 15;

/** Alertmanager sends what a silence held at the next group_interval of the route, 30 s; then comes one evaluation. */
const BOUND_SECONDS = 30;
const EVALUATION_MS = 1500;

const SILENCED_SECONDS = 8;

interface ApiAlert {
  readonly startsAt: string;
  readonly status: { readonly silencedBy: readonly string[] };
}

describe('a silence on everything that scales', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.open({ timeScale: SCALE, pool: { min: 2 }, shop: { pods: 4 } });
  }, OPENING);

  afterAll(() => scene.close());

  async function amtool(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(scene.binaries.amtool, [
      `--alertmanager.url=${scene.stage.monitoring.alertmanagerUrl}`,
      ...args,
    ]);
    return stdout.trim();
  }

  async function endOf(silence: string): Promise<number> {
    const answer = await fetch(`${scene.stage.monitoring.alertmanagerUrl}/api/v2/silence/${silence}`);
    return Date.parse(((await answer.json()) as { endsAt: string }).endsAt);
  }

  async function silencedAlert(silence: string): Promise<ApiAlert | undefined> {
    const filter = encodeURIComponent('alertname="UnschedulablePods"');
    const answer = await fetch(`${scene.stage.monitoring.alertmanagerUrl}/api/v2/alerts?filter=${filter}`);
    const alerts = (await answer.json()) as readonly ApiAlert[];
    return alerts.find(({ status }) => status.silencedBy.includes(silence));
  }

  it('holds a launch while load rises, says until when, and lets it come right after its end', async () => {
    const matcher = 'scale=~".+"';
    const duration = `--duration=${SILENCED_SECONDS}s`;
    const silence = await amtool('silence', 'add', matcher, duration, '--author=ops', '--comment=stocktaking');
    const until = await endOf(silence);
    scene.shopHas(14);
    const alert = await eventually('an alert that fires inside the silence', () => silencedAlert(silence));
    expect(Date.parse(alert.startsAt)).toBeLessThan(until);

    await eventually('health that tells of the silence', async () => {
      const { paused, lastDecision } = await health(scene);
      expect(paused).toMatchObject([
        { by: 'silence', direction: 'up', who: 'ops', reason: 'stocktaking', alert: 'UnschedulablePods' },
      ]);
      expect(paused[0]?.until).toBe(new Date(until).toISOString());
      expect(lastDecision).toMatchObject({ outcome: 'hold', reason: 'paused' });
      return true;
    });
    const left = until - Date.now();
    expect(left).toBeGreaterThan(1000);
    await always(left - 200, () => expect(scene.launched).toHaveLength(2));

    const drag = new Drag(scene);
    const dragged = await eventually('the launch', () => scene.launched.length > 2 && drag.milliseconds);
    await drag.end();
    await scene.comesToRestWith(4);
    const [launch] = await scene.closedOperations();
    expect(launch).toMatchObject({ kind: 'scale-up', planned: 2, trigger: { alert: 'UnschedulablePods' } });
    expect(launch?.acceptedAt).toBeGreaterThanOrEqual(until);
    const launchedAt = launch?.kind === 'scale-up' ? launch.launchedAt : undefined;
    expect(launchedAt).toBeLessThan(until + scene.policySeconds(BOUND_SECONDS) + EVALUATION_MS + dragged);
    expect((await health(scene)).paused).toEqual([]);
  }, 180_000);
});
