import { getMaxListeners } from 'node:events';
import { aScaleUp, NOW } from '../support/builders';
import { World } from '../support/world';

test('as many operations may be open as the pool has: Node is not to warn of a leak of listeners', async () => {
  const world = new World();
  const sleep = jest.spyOn(world.clock, 'sleep');
  await world.open(aScaleUp('up', { phase: 'joining', acceptedAt: NOW, phaseAt: NOW, attempt: 1, answered: true }));
  const replica = await world.startReplica('replica-a');
  const signals = sleep.mock.calls.flatMap(([, signal]) => signal ?? []);
  expect(signals.map((signal) => getMaxListeners(signal))).toContain(0);
  await replica.stop();
});
