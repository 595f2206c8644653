import type { Stage } from '../../stage/stage';
import { valueHolding } from '../chart';
import { decisionsCounted } from './decisions-counted';
import { launchesOf } from './launches';
import type { Paint } from '../paint';
import { Recorder } from '../recorder';
import type { PlayInput } from '../scenario';
import { tell, verdictLine } from '../telling';
import { LIMITS, plateau, POOL, SALE, saleScript } from './sale';
import { summary } from './summary';
import { judge } from './verdict';

/** The demo ends by itself, whatever the cluster does: real milliseconds, below three minutes with start and stop. */
const AT_MOST_MS = 160_000;

/** Plays the sale, tells it, and answers whether the main job was done. */
export async function playSale(input: PlayInput): Promise<boolean> {
  const { stage, options, paint, say, signal } = input;
  const { world } = stage.simulator;
  const recorder = new Recorder(world, POOL);
  say(intro(options.timeScale, paint));
  world.play(saleScript());
  await tell(input, {
    recorders: [recorder],
    startedAt: recorder.startedAt,
    isOver: () => isOver(recorder, options.timeScale),
    progress: () => progress(stage, recorder),
  });
  return signal.aborted ? false : conclude(input, recorder);
}

function intro(timeScale: number, paint: Paint): string {
  return [
    paint.bold('A flash sale on SmartScale'),
    `  pool ${POOL}: min ${LIMITS.min}, max ${LIMITS.max}; load ${SALE.baselineCores} -> ${SALE.peakCores} -> ${SALE.baselineCores} busy cores`,
    `  the clock runs ${timeScale} times faster than life: 00:00 below is minutes and seconds of policy time`,
    '',
  ].join('\n');
}

/** After the fall, as soon as the pool is back at its minimum; at the latest when the time is up. */
function isOver(recorder: Recorder, timeScale: number): boolean {
  const now = Date.now();
  if (now - recorder.startedAt > AT_MOST_MS) return true;
  const fallen = recorder.startedAt + ((plateau().to + SALE.fallSeconds) * 1000) / timeScale;
  return now > fallen && valueHolding(recorder.alive, now) <= LIMITS.min && settled(recorder, now);
}

/** Nothing has changed for a moment: the Node objects of what left are gone too. */
function settled(recorder: Recorder, now: number): boolean {
  return now - (recorder.alive.at(-1)?.at ?? now) > 2000;
}

function progress(stage: Stage, recorder: Recorder): string {
  const { world } = stage.simulator;
  const now = Date.now();
  const wanted = [...world.use.workloads.values()].reduce((sum, use) => sum + use.wantedCpu, 0);
  const part = Math.min(99, Math.round(((now - recorder.startedAt) / AT_MOST_MS) * 100));
  const counts = `${valueHolding(recorder.ready, now)} nodes Ready, ${valueHolding(recorder.alive, now)} instances alive`;
  return `load ${wanted.toFixed(1)} cores, ${counts}, ${valueHolding(recorder.waiting, now)} pods wait  (${part} % of the time)`;
}

async function conclude(scenario: PlayInput, recorder: Recorder): Promise<boolean> {
  const { stage, options, paint, say } = scenario;
  const end = Date.now();
  const key = { cluster: stage.cluster, pool: POOL };
  const plateauEnd = recorder.startedAt + (plateau().to * 1000) / options.timeScale;
  const checks = judge(recorder, plateauEnd, end);
  const metrics = await fetch(`${stage.webhooks[0]?.url}/metrics`);
  const input = {
    recorder,
    launches: launchesOf(await stage.store.readHistory(key, { limit: 500 })),
    decisions: decisionsCounted(await metrics.text()),
    checks,
    timeScale: options.timeScale,
    end,
  };
  say(`\n${summary(input, paint)}`);
  say(verdictLine(checks, scenario));
  return checks.every(({ ok }) => ok);
}
