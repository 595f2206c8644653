import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine } from '../stage/webhook-process';
import type { Stage } from '../stage/stage';
import { AlertWatch } from './alert-watch';
import { valueHolding } from './chart';
import { clockFace } from './clock-face';
import { decisionsCounted } from './decisions-counted';
import { launchesOf } from './launches';
import type { DemoOptions } from './options';
import type { Paint } from './paint';
import { Recorder } from './recorder';
import { LIMITS, plateau, POOL, SALE, saleScript } from './sale';
import { summary } from './summary';
import { entryOfLog, entryOfWorld, label, type Entry } from './timeline';
import { judge } from './verdict';

export interface PlayInput {
  readonly stage: Stage;
  readonly options: DemoOptions;
  /** Where the webhook's log lines arrive; taken out as they are told. */
  readonly lines: LogLine[];
  readonly paint: Paint;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 100;
const PROGRESS_EVERY_MS = 8000;
/** The demo ends by itself, whatever the cluster does: real milliseconds, below three minutes with start and stop. */
const AT_MOST_MS = 160_000;

/** Plays the sale, tells it, and answers whether the main job was done. */
export async function play(input: PlayInput): Promise<boolean> {
  const { stage, options, paint, say, signal } = input;
  const { world } = stage.simulator;
  const { timeScale } = options;
  const recorder = new Recorder(world);
  const told: Entry[] = [];
  const stopListening = world.log.onEvent((event) => {
    const entry = entryOfWorld(event);
    if (entry) told.push(entry);
  });
  say(intro(timeScale, paint));
  world.play(saleScript());
  const watch = new AlertWatch(stage.monitoring.alertmanagerUrl);
  const tell = (entry: Entry) =>
    say(
      `${paint.dim(clockFace(Date.now() - recorder.startedAt, timeScale))}  ${label(entry.kind, paint)} ${entry.text}`,
    );
  let nextProgress = Date.now() + PROGRESS_EVERY_MS;
  while (!signal.aborted && !isOver(recorder, timeScale)) {
    recorder.look();
    const alerts = await watch.look();
    const lines = input.lines.splice(0).flatMap((line) => entryOfLog(line) ?? []);
    // Cause before effect: what the webhook did since the last look, then what became of the world.
    [...alerts, ...lines, ...told.splice(0)].forEach(tell);
    if (Date.now() >= nextProgress) {
      say(paint.dim(progress(stage, recorder, timeScale)));
      nextProgress += PROGRESS_EVERY_MS;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  stopListening();
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

function progress(stage: Stage, recorder: Recorder, timeScale: number): string {
  const { world } = stage.simulator;
  const now = Date.now();
  const wanted = [...world.use.workloads.values()].reduce((sum, use) => sum + use.wantedCpu, 0);
  const part = Math.min(99, Math.round(((now - recorder.startedAt) / AT_MOST_MS) * 100));
  const counts = `${valueHolding(recorder.ready, now)} nodes Ready, ${valueHolding(recorder.alive, now)} instances alive`;
  return `${clockFace(now - recorder.startedAt, timeScale)}  ........  load ${wanted.toFixed(1)} cores, ${counts}, ${valueHolding(recorder.waiting, now)} pods wait  (${part} % of the time)`;
}

async function conclude({ stage, options, paint, say }: PlayInput, recorder: Recorder): Promise<boolean> {
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
  const failed = checks.filter(({ ok }) => !ok).length;
  say(
    failed === 0
      ? paint.green('\nThe main job was done.')
      : paint.red(`\n${failed} of ${checks.length} checks failed.`),
  );
  return failed === 0;
}
