import { SECOND } from '../../support/builders';
import type { Draw } from './draw';
import type { Doom, Fate, Moment } from './life';

/** Calls that leave something behind, and how often a trap is set for them: those of a drain are made least. */
export const EFFECTS = [
  { thing: 'accept', weight: 1 },
  { thing: 'saveOperation', weight: 1 },
  { thing: 'closeOperation', weight: 2 },
  { thing: 'appendHistory', weight: 1 },
  { thing: 'putAttempt', weight: 1 },
  { thing: 'readAttempt', weight: 1 },
  { thing: 'putJoined', weight: 1 },
  { thing: 'setPause', weight: 1 },
  { thing: 'createFleet', weight: 2 },
  { thing: 'terminate', weight: 3 },
  { thing: 'markNode', weight: 3 },
  { thing: 'unmarkNode', weight: 3 },
  { thing: 'evict', weight: 4 },
  { thing: 'deletePod', weight: 4 },
  { thing: 'deleteNode', weight: 3 },
] as const;

const READS = ['readPool', 'takeLease', 'read', 'listInstances', 'listNodes', 'listPods', 'describeInstances'] as const;

/** The clocks of two replicas differ by at most twice as much. Milliseconds. */
const CLOCK_ERROR = 1000;

/** `calm`: trouble is over, nobody dies or sleeps any more. Clocks are never right. */
export function fateOf(draw: Draw, calm: boolean): Fate {
  const clockError = draw.between(-CLOCK_ERROR, CLOCK_ERROR);
  if (calm) return { moments: [], clockError };
  const [dies, sleeps] = [draw.chance(0.4), draw.chance(0.3)];
  const death: Doom = { kind: 'death', afterwards: draw.chance(0.5) };
  const moments = [...(dies ? [momentOf(draw, death)] : []), ...(sleeps ? [momentOf(draw, sleepOf(draw))] : [])];
  return { moments, clockError };
}

/** Of those that leave something behind: most calls only read. */
export function trapOf(draw: Draw): readonly [string, Doom] {
  const doom: Doom = draw.chance(0.6) ? { kind: 'death', afterwards: draw.chance(0.5) } : sleepOf(draw);
  return [draw.weighted<string>(EFFECTS), doom];
}

function sleepOf(draw: Draw): Doom {
  return { kind: 'sleep', ms: draw.between(5, 240) * SECOND };
}

/** An idle look takes about eight calls. */
function momentOf(draw: Draw, doom: Doom): Moment {
  if (draw.chance(0.5)) return { call: null, nth: draw.between(1, 600), doom };
  return { call: draw.oneOf(READS), nth: draw.between(1, 60), doom };
}
