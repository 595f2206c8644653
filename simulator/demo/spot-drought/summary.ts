import { area, chart, type Change } from '../chart';
import { checkLine, type Check } from '../check';
import { clockFace } from '../clock-face';
import type { Paint } from '../paint';
import type { Recorder } from '../recorder';
import { DRY, WET } from './drought';
import type { DroughtView } from './verdict';

const WIDTH = 72;
/** A row of the cost curve, in cents an hour. */
const CENTS_A_ROW = 10;

export function summary(view: DroughtView, checks: readonly Check[], paint: Paint): string {
  return [
    paint.bold(`Nodes of "${DRY}" over time`),
    ...nodes(view),
    '',
    paint.bold(`What "${DRY}" costs, in steps of ${CENTS_A_ROW} cents an hour`),
    ...curve(view),
    '',
    paint.bold('Cost of the whole run'),
    ...costLines(view),
    '',
    paint.bold('The main job'),
    ...checks.map((it) => checkLine(it, paint)),
  ].join('\n');
}

function nodes({ dry, timeScale, end }: DroughtView): readonly string[] {
  const lines = [
    { mark: '░', series: dry.alive },
    { mark: '█', series: dry.ready },
  ];
  return [
    ...chart(lines, dry.startedAt, end, WIDTH),
    ...axis(dry, timeScale, end),
    '      █ Ready   ░ launched, not yet Ready or leaving   (minutes of policy time)',
  ];
}

function curve({ dry, timeScale, end }: DroughtView): readonly string[] {
  const rows = (series: readonly Change[]) =>
    series.map(({ at, value }) => ({ at, value: (value * 100) / CENTS_A_ROW }));
  const lines = [
    { mark: '░', series: rows(dry.dollars) },
    { mark: '█', series: rows(dry.dollarsAsSpot) },
  ];
  return [
    ...chart(lines, dry.startedAt, end, WIDTH),
    ...axis(dry, timeScale, end),
    '      █ the same instances as spot   ░ what on demand costs more',
  ];
}

function axis({ startedAt }: Recorder, timeScale: number, end: number): readonly string[] {
  const last = clockFace(end - startedAt, timeScale);
  const half = clockFace((end - startedAt) / 2, timeScale);
  return [
    `     └${'─'.repeat(WIDTH)}`,
    `      00:00${half.padStart(WIDTH / 2).padEnd(WIDTH - 5 - last.length)}${last}`,
  ];
}

function costLines({ dry, wet, timeScale, end }: DroughtView): readonly string[] {
  const dollars = (series: readonly Change[]) => (area(series, end) * timeScale) / 3_600_000;
  const [paid, spot, onDemand] = [dry.dollars, dry.dollarsAsSpot, dry.dollarsOnDemand].map(dollars);
  const show = (value = 0) => `$${value.toFixed(3)}`;
  const less = (part = 0, whole = 0) => (whole > 0 ? Math.round((1 - part / whole) * 100) : 0);
  return [
    `  ${DRY.padEnd(5)} paid ${show(paid)}; all of it spot ${show(spot)}, all of it on demand ${show(onDemand)} (${less(paid, onDemand)} % less)`,
    `  ${WET.padEnd(5)} paid ${show(dollars(wet.dollars))}, all of it spot`,
  ];
}
