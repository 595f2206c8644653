import type { World } from '../../world';
import { valueHolding } from '../chart';
import { clockFace } from '../clock-face';
import type { Paint } from '../paint';
import { Recorder } from '../recorder';
import type { PlayInput } from '../scenario';
import { tell, verdictLine } from '../telling';
import { DROUGHT, DRY, LIMITS, TAKEN, WET, droughtScript } from './drought';
import { summary } from './summary';
import { Takings } from './takings';
import { judge } from './verdict';

/** The demo ends by itself, whatever the cluster does: real milliseconds. */
const AT_MOST_MS = 160_000;

/** Plays the drought, tells it, and answers whether the load never noticed. */
export async function playDrought(input: PlayInput): Promise<boolean> {
  const { stage, options, paint, say, signal } = input;
  const { world } = stage.simulator;
  const [dry, wet] = [new Recorder(world, DRY), new Recorder(world, WET)];
  const takings = new Takings(world, dry);
  const { startedAt } = dry;
  const seconds = () => ((Date.now() - startedAt) * options.timeScale) / 1000;
  say(intro(options.timeScale, paint));
  world.play(droughtScript());
  const news = droughtNews(world, (text) =>
    say(`${paint.dim(clockFace(Date.now() - startedAt, options.timeScale))}  ${paint.red('drought  ')} ${text}`),
  );
  await tell(input, {
    recorders: [dry, wet],
    startedAt,
    isOver: () => {
      news(seconds());
      if (seconds() >= DROUGHT.takenAt) takings.begin(TAKEN, (DROUGHT.warning * 1000) / options.timeScale);
      takings.look();
      return seconds() >= DROUGHT.endsAt || Date.now() - startedAt > AT_MOST_MS;
    },
    progress: () => progress(dry, wet),
  });
  if (signal.aborted) return false;
  const view = { dry, wet, takings, timeScale: options.timeScale, end: Date.now() };
  const checks = judge(view);
  say(`\n${summary(view, checks, paint)}`);
  say(verdictLine(checks, input));
  return checks.every(({ ok }) => ok);
}

function intro(timeScale: number, paint: Paint): string {
  return [
    paint.bold('A spot drought on SmartScale'),
    `  two pools of spot nodes with the same load, min ${LIMITS.min}, max ${LIMITS.max}: "${DRY}" loses its spot capacity,`,
    `  "${WET}" keeps it and shows what it would have been like`,
    `  the clock runs ${timeScale} times faster than life: 00:00 below is minutes and seconds of policy time`,
    '',
  ].join('\n');
}

/** Tells each turn of the drought once. */
function droughtNews(world: World, say: (text: string) => void): (seconds: number) => void {
  const turns = [
    {
      at: DROUGHT.firstZoneAt,
      text: `no spot is left in ${world.cloud.catalogue.subnets[0]?.zone ?? 'the first zone'}`,
    },
    { at: DROUGHT.everywhereAt, text: 'no spot is left anywhere' },
    { at: DROUGHT.takenAt, text: `EC2 takes ${TAKEN} nodes of "${DRY}" in ${DROUGHT.warning} s` },
  ];
  return (seconds) => {
    while (turns[0] && seconds >= turns[0].at) say(turns.shift()?.text ?? '');
  };
}

function progress(dry: Recorder, wet: Recorder): string {
  const now = Date.now();
  const of = ({ ready, alive, waiting }: Recorder) =>
    `${valueHolding(ready, now)} Ready of ${valueHolding(alive, now)}, ${valueHolding(waiting, now)} pods wait`;
  return `${DRY}: ${of(dry)};  ${WET}: ${of(wet)}`;
}
