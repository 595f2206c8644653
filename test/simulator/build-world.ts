import { EMPTY_SCRIPT } from '../../simulator/workload/script';
import type { WorkloadModel } from '../../simulator/workload/workload-model';
import type { WorldOptions } from '../../simulator/world';
import { World } from '../../simulator/world';
import type { ParsedFamily } from '../support/parse-exposition';
import { parseExposition } from '../support/parse-exposition';

export const START = Date.parse('2026-01-01T00:00:00Z');
export const WORKER_TAGS = { 'smartscale:cluster': 'test', 'smartscale:pool': 'workers' };

/** A world on a virtual clock: `run` goes on in steps of half a second. Without a K3s server unless asked for. */
export function buildWorld(overrides: Partial<WorldOptions> = {}) {
  let now = START;
  const world = new World({
    clock: { now: () => now },
    controlPlane: false,
    ec2: { pendingMs: 8_000, shuttingDownMs: 10_000 },
    kubernetes: { nodeReadyMs: 10_000, notReadyAfterMs: 40_000 },
    joining: { joinDelayMs: { min: 30_000, max: 30_000 } },
    ...overrides,
  });
  const run = (seconds: number, stepSeconds = 0.5): void => {
    const end = now + seconds * 1000;
    while (now < end) {
      now = Math.min(now + stepSeconds * 1000, end);
      world.tick();
    }
  };
  return { world, run };
}

export function buildShop(overrides: Partial<WorkloadModel> = {}): WorkloadModel {
  return {
    name: 'shop',
    namespace: 'default',
    pool: 'workers',
    requests: { cpu: '450m', memory: '256Mi' },
    replicas: 2,
    cpu: { total: 1 },
    memory: { perPod: 256 * 2 ** 20 },
    ...overrides,
  };
}

export function play(world: World, ...workloads: WorkloadModel[]): void {
  world.play({ ...EMPTY_SCRIPT, workloads });
}

/** What a scrape gets; throws when it gets none. */
export function scraped(scrape: ReturnType<World['nodeExporter']>): Map<string, ParsedFamily> {
  if (typeof scrape === 'string') throw new Error(`nothing to scrape: ${scrape}`);
  return parseExposition(scrape.text);
}
