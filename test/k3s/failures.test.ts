import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './support/machine';
import { CAN_SERVE, newServer, TOPIC, UNABLE_TO_SERVE } from './support/new-server';
import { PREFIX } from './support/sandbox';

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

describeHosts(`the journal of a server${UNABLE_TO_SERVE}`, () => {
  const sent = () =>
    machine.sandbox
      .told()
      .flatMap(({ stream, events }) =>
        String(stream).startsWith('failures/') || !Array.isArray(events)
          ? []
          : events.map((it: { message: string }) => [stream, it.message]),
      );
  const lines: string[] = [];
  const write = (unit: string, message: string) => {
    lines.push(JSON.stringify({ _SYSTEMD_UNIT: unit, __REALTIME_TIMESTAMP: '1795682680123456', MESSAGE: message }));
    machine.sandbox.write('journal.json', `${lines.join('\n')}\n`);
  };
  const ship = () => machine.sandbox.unit('smartscale-logs.service');

  beforeAll(async () => {
    machine = await newServer();
    await machine.sandbox.boot('server');
  });

  afterAll(() => machine.stop());

  it('goes to the log group, a stream a unit, every line once, and no secret', async () => {
    const token = machine.sandbox.file('/etc/smartscale/secrets/webhook-token');
    write('k3s.service', 'ready');
    write('smartscale.service', `a token: ${token}`);
    expect((await ship()).code).toBe(0);
    write('k3s.service', 'still ready');
    expect((await ship()).code).toBe(0);
    expect((await ship()).code).toBe(0);
    expect(sent()).toEqual([
      ['k3s.service', 'ready'],
      ['smartscale.service', 'a token: ***'],
      ['k3s.service', 'still ready'],
    ]);
    expect(machine.sandbox.leftOver()).toEqual([]);
  });

  it('is sent the next time when it could not be sent', async () => {
    const before = sent().length;
    write('k3s.service', 'in the dark');
    machine.sandbox.write('dark', '');
    expect((await ship()).code).not.toBe(0);
    machine.sandbox.write('dark', null);
    expect(sent()).toHaveLength(before);
    expect((await ship()).code).toBe(0);
    expect(sent().slice(before)).toEqual([['k3s.service', 'in the dark']]);
  });

  it('stays on the machine when the configuration says so', async () => {
    const parameter = machine.parameters.get(`${PREFIX}config/cluster`).value;
    const without = JSON.stringify({ ...(JSON.parse(parameter) as object), journal: false });
    machine.parameters.put(`${PREFIX}config/cluster`, without, { overwrite: true });
    const before = machine.sandbox.commands().length;
    expect((await machine.sandbox.boot('server')).code).toBe(0);
    const said = machine.sandbox.commands().slice(before);
    expect(said).toContain('systemctl disable --now smartscale-logs.timer');
    expect(said).not.toContain('systemctl restart smartscale-logs.timer');
  });
});
