import { BELOW_MINIMUM } from '../../../webhook/decision/intent';
import { area, chart, type Change } from '../chart';
import { clockFace } from '../clock-face';
import type { Launch } from './launches';
import type { Paint } from '../paint';
import type { Recorder } from '../recorder';
import { LIMITS } from './sale';
import { checkLine, type Check } from '../check';

export interface SummaryInput {
  readonly recorder: Recorder;
  readonly launches: readonly Launch[];
  /** `outcome reason` -> how often. */
  readonly decisions: ReadonlyMap<string, number>;
  readonly checks: readonly Check[];
  readonly timeScale: number;
  /** Epoch milliseconds. */
  readonly end: number;
}

const WIDTH = 72;

export function summary(input: SummaryInput, paint: Paint): string {
  return [
    heading('Nodes over time', paint),
    ...nodesChart(input),
    '',
    heading('Launches', paint),
    ...launchLines(input),
    '',
    heading('How long it took', paint),
    ...latencyLines(input),
    '',
    heading('Node-hours', paint),
    ...nodeHourLines(input),
    '',
    heading('Decisions', paint),
    ...decisionLines(input),
    '',
    heading('The main job', paint),
    ...input.checks.map((it) => checkLine(it, paint)),
  ].join('\n');
}

function heading(text: string, paint: Paint): string {
  return paint.bold(text);
}

function nodesChart({ recorder, timeScale, end }: SummaryInput): string[] {
  const from = recorder.startedAt;
  const lines = [
    { mark: '░', series: recorder.alive },
    { mark: '█', series: recorder.ready },
  ];
  const axis = `     └${'─'.repeat(WIDTH)}`;
  const last = clockFace(end - from, timeScale);
  const half = clockFace((end - from) / 2, timeScale);
  const scale = `      00:00${half.padStart(WIDTH / 2).padEnd(WIDTH - 5 - last.length)}${last}`;
  return [
    ...chart(lines, from, end, WIDTH),
    axis,
    scale,
    '      █ Ready   ░ launched, not yet Ready or leaving   (minutes of policy time)',
  ];
}

function launchLines({ launches, recorder, timeScale }: SummaryInput): string[] {
  if (launches.length === 0) return ['  none'];
  return launches.map((launch) => {
    const at = clockFace(launch.acceptedAt - recorder.startedAt, timeScale);
    const kind = launch.topUp ? 'top-up' : 'first purchase';
    const numbers = `asked for ${launch.nodes ?? 'a step'}, had ${launch.have}, got ${launch.launched}`;
    return `  ${at}  ${kind.padEnd(14)}  ${launch.alert.padEnd(17)}  ${numbers}`;
  });
}

/** Policy time, and the real time it took on this machine: what is scaled is the waiting, not the work. */
function latencyLines({ launches, timeScale }: SummaryInput): string[] {
  // A top-up answers a number that changed while the alert went on: when it changed nobody was told.
  const first = launches.filter(({ topUp, alert }) => !topUp && alert !== BELOW_MINIMUM);
  const toLaunch = first.flatMap(({ alertToLaunch }) => alertToLaunch ?? []);
  const toReady = launches.flatMap(({ launchToReady }) => launchToReady);
  return [
    `  alert heard to launched   ${spread(toLaunch, (ms) => `${Math.round(ms)} ms`)} of real time`,
    `  launched to Ready node    ${spread(toReady, (ms) => `${Math.round((ms * timeScale) / 1000)} s`)} of policy time`,
  ];
}

function spread(values: readonly number[], show: (value: number) => string): string {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const most = sorted.at(-1);
  return median === undefined || most === undefined
    ? 'no sample'
    : `median ${show(median)}, at most ${show(most)} (${sorted.length})`;
}

function nodeHourLines({ recorder, timeScale, end }: SummaryInput): string[] {
  const hours = (series: readonly Change[]) => (area(series, end) * timeScale) / 3_600_000;
  const used = hours(recorder.alive);
  const size = Math.max(...recorder.alive.map(({ value }) => value), LIMITS.min);
  const fixed = hours([{ at: recorder.startedAt, value: size }]);
  const saved = fixed > 0 ? Math.round((1 - used / fixed) * 100) : 0;
  return [
    `  used ${used.toFixed(2)}; a static fleet of ${size} would have used ${fixed.toFixed(2)}: ${saved} % less, for one sale`,
  ];
}

function decisionLines({ decisions }: SummaryInput): string[] {
  return [...decisions]
    .toSorted((a, b) => b[1] - a[1])
    .map(([answer, times]) => `  ${String(times).padStart(5)}  ${answer}`);
}
