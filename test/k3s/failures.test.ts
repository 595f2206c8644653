import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './support/machine';
import { CAN_SERVE, newServer, TOPIC, UNABLE_TO_SERVE } from './support/new-server';

const describeHosts = CAN_SERVE ? describe : describe.skip;

let machine: Machine;

describeHosts(`what fails again and again${UNABLE_TO_SERVE}`, () => {
  const failed = 'smartscale-failed@k3s.service.service';
  const messages = () => machine.sandbox.told().filter(({ topic }) => topic === TOPIC);
  const logged = () => machine.sandbox.told().filter(({ events }) => events !== undefined);

  beforeAll(async () => {
    machine = await newServer();
    await machine.sandbox.boot('server');
  });

  afterAll(() => machine.stop());

  it('is told to people once in six hours, each unit for itself, and every time to the log group', async () => {
    for (const _again of [1, 2, 3]) expect((await machine.sandbox.unit(failed)).code).toBe(0);
    expect(messages()).toEqual([
      expect.objectContaining({
        subject: 'SmartScale shop: k3s.service failed',
        message: expect.stringContaining('If it fails again within 6 hours, no further message tells it.') as string,
      }),
    ]);
    expect(logged()).toHaveLength(3);
    await machine.sandbox.unit('smartscale-failed@smartscale.service.service');
    expect(messages()).toHaveLength(2);
    const sixHoursAgo = Date.now() / 1000 - 6 * 3600 - 60;
    utimesSync(join(machine.sandbox.root, 'var/lib/smartscale-told/k3s.service'), sixHoursAgo, sixHoursAgo);
    await machine.sandbox.unit(failed);
    expect(messages()).toHaveLength(3);
  });

  it('and could not be told is told the next time', async () => {
    const before = messages().length;
    const stolen = join(machine.sandbox.root, 'var/lib/smartscale-told/smartscale.service');
    rmSync(stolen);
    machine.parameters.deny('GetParameter');
    expect((await machine.sandbox.unit('smartscale-failed@smartscale.service.service')).code).not.toBe(0);
    expect(messages()).toHaveLength(before);
    machine.parameters.allow('GetParameter');
    await machine.sandbox.unit('smartscale-failed@smartscale.service.service');
    expect(messages()).toHaveLength(before + 1);
  });
});
