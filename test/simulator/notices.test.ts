import { samplesOf } from '../support/parse-exposition';
import { buildWorld, scraped, START, WORKER_TAGS } from './build-world';

const NOTICE = 'smartscale_notice_timestamp_seconds';
const CHECKED = 'smartscale_notice_checked_timestamp_seconds';

function aWorker(overrides: Parameters<typeof buildWorld>[0] = {}) {
  const { world, run } = buildWorld(overrides);
  const id = world.launchWorkers(1, { tags: WORKER_TAGS })[0]?.id ?? '';
  run(20);
  const valueOf = (name: string, kind: string) =>
    samplesOf(scraped(world.nodeExporter(id)), name).find(({ labels }) => labels['kind'] === kind)?.value;
  return { world, run, id, valueOf };
}

describe('what node-exporter says of notices', () => {
  it('is what the unit on the machine found when it asked last, every two seconds', () => {
    const { world, run, id, valueOf } = aWorker();
    run(1);
    const asked = valueOf(CHECKED, 'interruption') ?? 0;
    world.perform({ kind: 'notify', instance: id, notice: 'interruption', seconds: 120 });
    const at = Math.floor((world.now() + 120_000) / 1000);
    run(0.5);
    expect(valueOf(NOTICE, 'interruption')).toBeUndefined();
    run(1.5);
    expect(valueOf(NOTICE, 'interruption')).toBe(at);
    expect((valueOf(CHECKED, 'interruption') ?? 0) - asked).toBe(2);
    world.perform({ kind: 'notify', instance: id, notice: 'withdrawn', seconds: 0 });
    expect(valueOf(NOTICE, 'interruption')).toBe(at);
    run(2);
    expect(valueOf(NOTICE, 'interruption')).toBeUndefined();
  });

  it('divides the seconds of an announcement, and how often the unit asks, by the time scale', () => {
    const { world, run, id, valueOf } = aWorker({ timeScale: 10 });
    world.perform({ kind: 'notify', instance: id, notice: 'maintenance', seconds: 600 });
    world.perform({ kind: 'notify', instance: id, notice: 'rebalance', seconds: 600 });
    run(0.2, 0.05);
    expect(valueOf(NOTICE, 'maintenance')).toBe((START + 80_000) / 1000);
    expect(valueOf(NOTICE, 'rebalance')).toBe((START + 20_000) / 1000);
  });

  it('is all that a scrape of the textfile collector gets', () => {
    const { world, id } = aWorker();
    expect([...scraped(world.nodeExporter(id, ['textfile'])).keys()]).toEqual([CHECKED, NOTICE]);
    expect([...scraped(world.nodeExporter(id, ['cpu'])).keys()]).toEqual([]);
    expect([...scraped(world.nodeExporter(id)).keys()]).toEqual(
      expect.arrayContaining([CHECKED, 'node_cpu_seconds_total']),
    );
  });
});
