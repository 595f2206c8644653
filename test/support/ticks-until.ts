import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. */
export const TICK = 50;

/**
 * How many timers of 50 ms, each set when the one before ran out, run out before the work has ended. Of what happens in this
 * process it is the time that it takes, but for pauses of the whole process: each is one tick, however long.
 */
export async function ticksUntil(work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = () => void (isOver = true);
  const ended = work.then(over, over);
  let ticks = 0;
  while (!(await Promise.race([ended.then(() => true), tick().then(() => isOver)]))) ticks += 1;
  await work;
  return ticks;
}

async function tick(): Promise<void> {
  await sleep(TICK);
  // What has arrived meanwhile is read first.
  await new Promise((resolve) => setImmediate(resolve));
}
