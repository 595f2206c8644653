import { MINUTE, SECOND } from '../../support/builders';
import { checkHistory } from '../rules/operation-rules';
import { endingOf } from '../rules/ending-rules';
import { resume } from '../troubles/orders';
import { TROUBLES } from '../troubles/troubles';
import { History } from './history';
import type { MakePeers } from './peers';
import { PeersInMemory } from './peers-in-memory';
import type { Sabotage } from './sabotage';
import { IN_MEMORY } from './seeds';
import { Broken } from './story';

/** After the end of all trouble everything has to be in order within this time. Milliseconds. */
const QUIET_WITHIN = 45 * MINUTE;
/** And to stay so. */
const STAYS_FOR = 2 * MINUTE;

/** How long one trouble lasts. Milliseconds. */
const LASTS = [5, 10, 20, 45, 90, 240].map((seconds) => seconds * SECOND);

export interface Outcome {
  readonly seed: number;
  readonly broken: Broken | null;
  /** The story of a history that broke, or of any. */
  readonly story: () => string;
  readonly history: History;
}

const IN_THIS_PROCESS: MakePeers = {
  make: (deps) => new PeersInMemory(deps),
  seedVariable: IN_MEMORY.one,
};

/** Plays the history of a seed to its end: trouble, then quiet, then the reckoning. */
export async function play(
  seed: number,
  sabotage?: Sabotage,
  makePeers: MakePeers = IN_THIS_PROCESS,
): Promise<Outcome> {
  const history = new History(seed, makePeers, sabotage);
  await history.begin();
  const mends = beginTrouble(history);
  await history.until(history.now + history.setting.troubled);
  endTrouble(history, mends);
  await comeToRest(history);
  for (const { life } of history.processes) life.kill();
  await history.peers.stop();
  const { broken } = history;
  return { seed, broken, history, story: () => history.story.endedBy(broken) };
}

function beginTrouble(history: History): Set<() => void> {
  const { draw, setting } = history;
  const mends = new Set<() => void>();
  history.everyNowAndThen(
    () => draw.between(1, setting.restlessness),
    () => {
      if (history.calm) return;
      const mend = draw.weighted(TROUBLES)(history);
      if (mend === null) return;
      mends.add(mend);
      void history.clock.sleep(draw.oneOf(LASTS)).then(() => {
        if (mends.delete(mend)) mend();
      });
    },
  );
  return mends;
}

function endTrouble(history: History, mends: Set<() => void>): void {
  history.tell('------ all trouble ends');
  history.calm = true;
  for (const mend of mends) mend();
  mends.clear();
  history.traps.clear();
  history.clearWorkloads();
  // One at least: the pods of the shop need a place.
  history.demand.nodes = history.draw.between(1, history.setting.policy.max + 1);
  history.tell(`the load needs ${history.demand.nodes} nodes`);
  history.world.cloud.gate.endTrouble();
  history.world.cloud.allowLaunches();
  for (const { life } of history.processes) if (history.draw.chance(0.2)) life.kill();
  history.startProcess();
  history.everyNowAndThen(
    () => MINUTE,
    () => lookAfter(history),
  );
}

/** What a sweep finds too much to touch, a person looks at; and what somebody has left paused. */
async function lookAfter(history: History): Promise<void> {
  const asked = history.processes.map((process) => process.asksForAPerson());
  const noAnswer = history.clock.sleep(5 * SECOND).then(() => false);
  // One that dies or sleeps meanwhile does not answer.
  const answers = await Promise.all(asked.map((answer) => Promise.race([answer, noAnswer])));
  if (answers.includes(true)) tidyUp(history);
  if (Object.keys(history.truth.state().pauses).length > 0) await resume(history, 'both');
}

function tidyUp({ truth, world, witness }: History): void {
  for (const { metadata } of truth.nodes()) {
    if (!truth.isRunning(metadata.name)) world.cluster.world.store.nodes.remove(metadata.name);
  }
  for (const { id, launchedAt } of truth.alive()) {
    if (world.cluster.node(id) || world.now() - launchedAt < 10 * MINUTE) continue;
    witness.byHand = true;
    world.cloud.terminateByHand(id);
    witness.byHand = false;
  }
}

async function comeToRest(history: History): Promise<void> {
  const end = history.now + QUIET_WITHIN;
  let restsSince: number | null = null;
  let unrest: Broken | null = null;
  while (history.broken === null && history.now < end) {
    unrest = endingOf(history.truth, history.demand.nodes);
    restsSince = unrest === null ? (restsSince ?? history.now) : null;
    if (restsSince !== null && history.now - restsSince >= STAYS_FOR) return reckon(history);
    await history.until(history.now + 15 * SECOND);
  }
  history.broken ??= unrest ?? new Broken('rest', 'it never came to rest');
}

async function reckon({ peers, truth, witness }: History): Promise<void> {
  const rows = await peers.ledger.readHistory();
  witness.check(() => checkHistory(rows, truth));
}
