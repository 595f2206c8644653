import { setTimeout as sleep } from 'node:timers/promises';
import { TAGS } from '../../../webhook/model/names';
import { isReady } from '../../node-watch';
import type { World } from '../../world';
import { valueHolding } from '../chart';
import { clockFace } from '../clock-face';
import type { Paint } from '../paint';
import { Recorder } from '../recorder';
import type { PlayInput } from '../scenario';
import { tell, verdictLine } from '../telling';
import { LIMITS, PARTS, PART_TEXTS, POOL } from './cast';
import { type Drain, drainsOf } from './drains';
import { People } from './people';
import { summary } from './summary';
import { judge } from './verdict';

/** The demo ends by itself, whatever the cluster does: real milliseconds. */
const AT_MOST_MS = 150_000;

/** Plays the drains, tells them, and answers whether each ended as it must. */
export async function playStubborn(input: PlayInput): Promise<boolean> {
  const { stage, options, paint, say, signal } = input;
  const { world } = stage.simulator;
  say(intro(options.timeScale, paint));
  const names = await readyNodes(world, stage.cluster, signal);
  if (signal.aborted) return false;
  const recorder = new Recorder(world, POOL);
  const { startedAt } = recorder;
  const clock = () => paint.dim(clockFace(Date.now() - startedAt, options.timeScale));
  const people = new People(world, (text) => say(`${clock()}  ${paint.red('people   ')} ${text}`));
  people.deal(names);
  const before = new Map(PARTS.map((part) => [part, people.podsOn(part).length]));
  for (const part of PARTS)
    say(`  ${people.nodeOf(part)}  ${String(before.get(part)).padStart(2)} pods  ${PART_TEXTS[part]}`);
  say('');
  await tell(input, {
    recorders: [recorder],
    startedAt,
    isOver: () => {
      people.look();
      return isOver(input) || Date.now() - startedAt > AT_MOST_MS;
    },
    progress: () => progress(recorder),
  });
  if (signal.aborted) return false;
  const view = { world, recorder, people, drains: drainsSoFar(input) };
  const checks = judge(view);
  say(`\n${summary(view, before, checks, paint)}`);
  say(verdictLine(checks, input));
  return checks.every(({ ok }) => ok);
}

function intro(timeScale: number, paint: Paint): string {
  return [
    paint.bold('Stubborn drains on SmartScale'),
    `  pool ${POOL}: min ${LIMITS.min}, max ${LIMITS.max}, ${PARTS.length} nodes, more than the load needs; up to three drains at a time`,
    `  the clock runs ${timeScale} times faster than life: 00:00 below is minutes and seconds of policy time`,
    '',
  ].join('\n');
}

/** One node for each part, Ready. */
async function readyNodes(world: World, cluster: string, signal: AbortSignal): Promise<readonly string[]> {
  const started = world.launchWorkers(PARTS.length, { tags: { [TAGS.cluster]: cluster, [TAGS.pool]: POOL } });
  const names = started.map(({ id }) => id);
  const until = Date.now() + AT_MOST_MS;
  while (!signal.aborted && !names.every((name) => isUp(world, name))) {
    if (Date.now() > until) throw new Error(`the nodes did not become Ready within ${AT_MOST_MS / 1000} s`);
    await sleep(100, undefined, { signal }).catch(() => undefined);
  }
  return names;
}

function isUp({ cluster }: World, name: string): boolean {
  const node = cluster.node(name);
  return node !== undefined && isReady(node);
}

/** Three drains have ended, the next look found nothing that may be drained, and no node is out of service any more. */
function isOver(input: PlayInput): boolean {
  const drains = drainsSoFar(input);
  const chosen = drains.filter(({ node }) => node !== null);
  const nodes = input.stage.simulator.world.cluster.nodes();
  return chosen.length >= 3 && drains.length > chosen.length && !nodes.some(({ spec }) => spec.unschedulable);
}

function drainsSoFar({ stage }: PlayInput): readonly Drain[] {
  return drainsOf(stage.webhooks[0]?.lines ?? []);
}

function progress({ ready, alive }: Recorder): string {
  const now = Date.now();
  return `${valueHolding(ready, now)} nodes in service of ${valueHolding(alive, now)}`;
}
