/** What AlertmanagerPort promises, told to anything that claims to be one. */
import type { AlertmanagerLevel } from '../../webhook/model/alert';
import type { AlertmanagerPort } from '../../webhook/ports';
import { fingerprintOf } from '../fakes/fake-alertmanager';

type Labels = Readonly<Record<string, string>>;

/** One Alertmanager, in which `scale="up"` inhibits `scale="down"` of the same pool, and the port that reads it. */
export interface AlertmanagerHarness {
  readonly port: AlertmanagerPort;
  fire(...alerts: readonly { readonly labels: Labels; readonly annotations?: Labels }[]): Promise<void>;
  resolve(labels: Labels): Promise<void>;
  /** Of everything with these labels, from now on. Resolves with the id. */
  silence(silence: {
    readonly matchers: Labels;
    readonly endsAt: number;
    readonly createdBy: string;
    readonly comment: string;
  }): Promise<string>;
  expireSilence(id: string): Promise<void>;
  disconnect(): Promise<void>;
  reconnect(): Promise<void>;
  stop(): Promise<void>;
}

const UP = { labels: { alertname: 'HighCpu', scale: 'up', pool: 'workers' }, annotations: { nodes: '4' } };
const DOWN = { labels: { alertname: 'Idle', scale: 'down', pool: 'workers' }, annotations: { nodes: '2' } };
const GPU = { labels: { alertname: 'Idle', scale: 'down', pool: 'gpu' } };
const WATCHDOG = { labels: { alertname: 'Watchdog', severity: 'none' } };
const UNRELATED = { labels: { alertname: 'DiskFull', pool: 'workers' } };
const FAR = Date.parse('2036-01-01T00:00:00Z');
const WORK = { matchers: { pool: 'workers' }, endsAt: FAR, createdBy: 'ops', comment: 'nightly work' };

export function alertmanagerContract(name: string, makeHarness: () => Promise<AlertmanagerHarness>): void {
  describe(`the Alertmanager port on ${name}`, () => {
    let harness: AlertmanagerHarness;

    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.stop());

    async function level(): Promise<AlertmanagerLevel> {
      const [answer, ...others] = await harness.port.read();
      expect(others).toEqual([]);
      if (answer?.ok !== true) throw new Error(answer?.fault.message ?? 'no answer at all');
      return answer.level;
    }

    const alertOf = async ({ labels }: { labels: Labels }) =>
      (await level()).alerts.find(({ fingerprint }) => fingerprint === fingerprintOf(labels));
    const names = async () => (await level()).alerts.map(({ labels }) => labels['alertname']).sort();

    it('reads nothing where nothing fires', async () => {
      expect(await level()).toEqual({ alerts: [], silences: [] });
    });

    it('reads an alert with its fingerprint, labels, annotations, receiver and times', async () => {
      await harness.fire(UP);
      const alert = await alertOf(UP);
      expect(alert).toMatchObject({ ...UP, silencedBy: [], inhibitedBy: [] });
      expect(alert?.receivers).toHaveLength(1);
      expect(alert?.updatedAt).toBeGreaterThanOrEqual(alert?.startsAt ?? Infinity);
      expect(alert?.endsAt).toBeGreaterThan(alert?.updatedAt ?? Infinity);
    });

    it('reads what scales and the Watchdog, and nothing else', async () => {
      await harness.fire(UP, WATCHDOG, UNRELATED);
      expect(await names()).toEqual(['HighCpu', 'Watchdog']);
    });

    it('reads the number that an alert carries now', async () => {
      await harness.fire(UP);
      await harness.fire({ ...UP, annotations: { nodes: '7' } });
      expect((await level()).alerts).toHaveLength(1);
      expect((await alertOf(UP))?.annotations['nodes']).toBe('7');
    });

    it('reads no more of what is resolved', async () => {
      await harness.fire(UP, GPU);
      await harness.resolve(UP.labels);
      expect(await names()).toEqual(['Idle']);
    });

    it('reads a silenced alert, and the silence with its end, author and reason', async () => {
      await harness.fire(UP, GPU);
      const id = await harness.silence(WORK);
      await harness.silence({ ...WORK, matchers: { pool: 'nobody' }, comment: 'applies to nothing' });
      expect((await level()).silences).toEqual([{ id, endsAt: FAR, createdBy: 'ops', comment: 'nightly work' }]);
      expect((await alertOf(UP))?.silencedBy).toEqual([id]);
      expect((await alertOf(GPU))?.silencedBy).toEqual([]);
    });

    it('reads an alert that first fired inside a silence', async () => {
      const id = await harness.silence(WORK);
      await harness.fire(UP);
      expect((await alertOf(UP))?.silencedBy).toEqual([id]);
    });

    it('reads an alert as active again when its silence was ended', async () => {
      await harness.fire(UP);
      await harness.expireSilence(await harness.silence(WORK));
      expect((await alertOf(UP))?.silencedBy).toEqual([]);
      expect((await level()).silences).toEqual([]);
    });

    it('reads an inhibited alert, and which one inhibits it', async () => {
      await harness.fire(UP, DOWN, GPU);
      expect((await alertOf(DOWN))?.inhibitedBy).toEqual([fingerprintOf(UP.labels)]);
      expect((await alertOf(GPU))?.inhibitedBy).toEqual([]);
      await harness.resolve(UP.labels);
      expect((await alertOf(DOWN))?.inhibitedBy).toEqual([]);
    });

    it('reads 300 alerts within the time that it gives an Alertmanager', async () => {
      const alerts = Array.from({ length: 300 }, (_, index) => ({
        labels: { ...UP.labels, pool: `pool-${index}` },
        annotations: { nodes: String(index), description: 'words '.repeat(60) },
      }));
      await harness.fire(...alerts);
      expect((await level()).alerts).toHaveLength(300);
    });

    it('says which Alertmanager does not answer instead of rejecting, and reads again when it is back', async () => {
      await harness.fire(UP);
      await harness.disconnect();
      expect(await harness.port.read()).toEqual([
        {
          ok: false,
          fault: {
            code: 'alertmanager-unreachable',
            retryable: true,
            message: expect.stringMatching(/^http:\/\/.+: .+/) as string,
          },
        },
      ]);
      await harness.reconnect();
      expect(await names()).toEqual(['HighCpu']);
    });
  });
}
