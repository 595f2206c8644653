import { getMaxListeners } from 'node:events';
import { aScaleUp, NOW } from '../support/builders';
import { World } from '../support/world';

test('as many operations may be open as the pool has: Node is not to warn of a leak of listeners', async () => {
  const world = new World().isAskedFor(3);
  const sleep = jest.spyOn(world.clock, 'sleep');
  await world.open(aScaleUp('up', { planned: 3, acceptedAt: NOW, phaseAt: NOW }));
  const replica = await world.startReplica('replica-a');
  await world.until('up', ({ phase }) => phase === 'joining');
  await replica.stop();
  const signals = sleep.mock.calls.flatMap(([, signal]) => signal ?? []);
  expect(signals.map((signal) => getMaxListeners(signal))).toContain(Infinity);
});
