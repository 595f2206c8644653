/** Plays histories in a thread of their own: a seed comes in, what became of it goes out. */
import { parentPort } from 'node:worker_threads';
import { play } from './play';
import type { Asked, Played } from './player';
import { SABOTAGES } from './sabotages';

async function played({ seed, without }: Asked): Promise<Played> {
  const { broken, story, history } = await play(seed, without === undefined ? {} : SABOTAGES[without]?.());
  const seen = [...history.witness.seen];
  return { seed, seen, broken: broken && { invariant: broken.invariant, story: story() } };
}

parentPort?.on('message', (asked: Asked) => {
  void played(asked).then((answer) => parentPort?.postMessage(answer));
});
