import { setTimeout as sleep } from 'node:timers/promises';
import { AlertWatch } from './alert-watch';
import { clockFace } from './clock-face';
import type { Recorder } from './recorder';
import type { PlayInput } from './scenario';
import { entryOfLog, entryOfWorld, label, type Entry } from './timeline';

const LOOK_EVERY_MS = 100;
const PROGRESS_EVERY_MS = 8000;

export interface Telling {
  readonly recorders: readonly Recorder[];
  readonly startedAt: number;
  /** Asked at every look. */
  readonly isOver: () => boolean;
  /** A line now and then, so that nobody thinks that it hangs. */
  readonly progress: () => string;
}

/** Tells what happens as it happens, cause before effect, until it is over or interrupted. */
export async function tell(input: PlayInput, { recorders, startedAt, isOver, progress }: Telling): Promise<void> {
  const { stage, options, paint, say, signal } = input;
  const told: Entry[] = [];
  const stopListening = stage.simulator.world.log.onEvent((event) => {
    const entry = entryOfWorld(event);
    if (entry) told.push(entry);
  });
  const watch = new AlertWatch(stage.monitoring.alertmanagerUrl);
  const tellEntry = ({ kind, text }: Entry) =>
    say(`${paint.dim(clockFace(Date.now() - startedAt, options.timeScale))}  ${label(kind, paint)} ${text}`);
  let nextProgress = Date.now() + PROGRESS_EVERY_MS;
  const tellNews = async () => {
    const alerts = await watch.look();
    const lines = input.lines.splice(0).flatMap((line) => entryOfLog(line) ?? []);
    [...alerts, ...lines, ...told.splice(0)].forEach(tellEntry);
  };
  while (!signal.aborted && !isOver()) {
    for (const recorder of recorders) recorder.look();
    await tellNews();
    if (Date.now() >= nextProgress) {
      say(paint.dim(`${clockFace(Date.now() - startedAt, options.timeScale)}  ........  ${progress()}`));
      nextProgress += PROGRESS_EVERY_MS;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  stopListening();
  if (!signal.aborted) await tellNews();
}

/** The last lines of every scenario: each check, and what came of them all. */
export function verdictLine(checks: readonly { readonly ok: boolean }[], { paint }: PlayInput): string {
  const failed = checks.filter(({ ok }) => !ok).length;
  if (failed === 0) return paint.green('\nThe main job was done.');
  return paint.red(`\n${failed} of ${checks.length} checks failed.`);
}
