import { checkLine, type Check } from '../check';
import type { Paint } from '../paint';
import { PARTS, PART_TEXTS, type Part } from './cast';
import type { Drain } from './drains';
import type { StubbornView } from './verdict';

/** What stood on a node before, by part. */
export type Before = ReadonlyMap<Part, number>;

export function summary(view: StubbornView, before: Before, checks: readonly Check[], paint: Paint): string {
  return [
    paint.bold('Before and after'),
    ...PARTS.flatMap((part) => nodeLines(part, view, before, paint)),
    '',
    paint.bold('Refused before any drain'),
    ...refusals(view),
    '',
    paint.bold('The main job'),
    ...checks.map((it) => checkLine(it, paint)),
  ].join('\n');
}

function nodeLines(part: Part, { people, world, drains }: StubbornView, before: Before, paint: Paint): string[] {
  const name = people.nodeOf(part);
  const node = world.cluster.node(name);
  const state = node === undefined ? 'gone' : node.spec.unschedulable ? 'cordoned' : 'in service';
  const pods = `${before.get(part) ?? 0} pods -> ${node === undefined ? '-' : people.podsOn(part).length}`;
  const tried = new Set(drains.filter((drain) => drain.node === name).map((drain) => outcome(drain, paint)));
  return [
    `  ${name}  ${state.padEnd(10)}  ${pods.padEnd(11)}  ${paint.dim(PART_TEXTS[part])}`,
    ...[...tried].map((line) => `    ${line}`),
  ];
}

function outcome({ phase, reason, detail }: Drain, paint: Paint): string {
  if (phase === 'done') return `${paint.green('drained')}, its instance terminated`;
  return `${paint.yellow(phase)}, ${reason}: ${detail}`;
}

function refusals({ drains }: StubbornView): readonly string[] {
  const details = drains.filter(({ node }) => node === null).map(({ detail }) => detail);
  const lines = new Set(details.flatMap((detail) => detail.split('; ')));
  return lines.size === 0 ? ['  nothing'] : [...lines].map((line) => `  ${line}`);
}
