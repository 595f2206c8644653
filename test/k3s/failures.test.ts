import { spawn, spawnSync } from 'node:child_process';
import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../end-to-end/support/eventually';
import type { Machine } from './support/machine';
import { CAN_SERVE, newServer, TOPIC, UNABLE_TO_SERVE } from './support/new-server';
import { PREFIX } from './support/sandbox';

const describeHosts = CAN_SERVE ? describe : describe.skip;

let machine: Machine;

const BOOT = 'smartscale-boot.service';

describeHosts(`a first boot that much goes wrong with${UNABLE_TO_SERVE}`, () => {
  const failed = 'smartscale-failed@k3s.service.service';
  const messages = () => machine.sandbox.told().filter(({ topic }) => topic === TOPIC);
  const logged = () => machine.sandbox.told().filter(({ events }) => events !== undefined);
  const aws = `exec node ${join(__dirname, 'stubs/aws.cjs')} "$@"`;
  const says = (words: string) => `case $* in *"s3 cp"*) echo '${words}' >&2; exit 1 ;; esac\n${aws}`;

  beforeAll(async () => {
    machine = await newServer();
    machine.parameters.deny('GetParameter');
    await machine.sandbox.boot('server');
    machine.parameters.allow('GetParameter');
  });

  afterAll(() => machine.stop());

  it.each<[string, string, string, RegExp]>([
    [
      'the disk is full while the release comes',
      'aws',
      says('download failed: s3://x/webhook.js to webhook.js [Errno 28] No space left on device'),
      /FAILED while fetching the release .*No space left on device\. To do: make room on the disk/,
    ],
    [
      'the clock is wrong',
      'aws',
      says('An error occurred (RequestTimeTooSkewed) when calling the ListObjectsV2 operation: too large'),
      /FAILED while fetching the release .*RequestTimeTooSkewed.*\. To do: set the clock right/,
    ],
    [
      'the disk is nearly full',
      'df',
      'echo Filesystem; echo "/dev/nvme0n1p1 30000000 29500000 500000 98% /"',
      /FAILED while looking for room on the disk: only 488 MiB of the disk are free, and it takes 1024\. To do: make room/,
    ],
    [
      'the disk is full while K3s comes',
      'curl',
      `case $* in *--output*) echo 'curl: (23) Failure writing output to destination' >&2; exit 23 ;; esac\nexec /usr/bin/curl "$@"`,
      /FAILED while installing K3s .*curl: \(23\).*\. To do: make room on the disk/,
    ],
    [
      'IMDS does not answer',
      'curl',
      `case $* in *latest/api/token*) exit 28 ;; esac\nexec /usr/bin/curl "$@"`,
      /FAILED while asking IMDS who this machine is: IMDS gives no session token\. To do: check/,
    ],
  ])('when %s it says so in one line, and is to be tried again', async (_what, program, text, line) => {
    const usual = machine.sandbox.programText(program);
    const before = machine.sandbox.commands().length;
    machine.sandbox.program(program, text);
    const { code, said } = await machine.sandbox.boot('server');
    machine.sandbox.restore(program, usual);
    expect(code).not.toBe(0);
    expect(said.filter((it) => it.includes('FAILED'))).toEqual([expect.stringMatching(line)]);
    expect(machine.sandbox.exists(`/etc/systemd/system/${BOOT}`)).toBe(true);
    expect(machine.sandbox.commands().slice(before)).toContain(`systemctl enable ${BOOT}`);
    expect(machine.sandbox.exists('/var/lib/smartscale/booted')).toBe(false);
  });

  it('comes up although the machine goes down again and again, each time some commands later', async () => {
    let downs = 0;
    let ended: number | null = null;
    for (let more = 2; ended !== 0 && more < 300; more += 9) {
      const downAt = String(machine.sandbox.commands().length + more);
      ({ code: ended } = await machine.sandbox.unit(BOOT, { SANDBOX_DOWN_AT: downAt }));
      if (ended !== 0) downs += 1;
    }
    expect(ended).toBe(0);
    expect(downs).toBeGreaterThan(3);
    expect(machine.sandbox.exists('/var/lib/smartscale/booted')).toBe(true);
    // Made once, whatever came between.
    for (const name of ['webhook-token', 'operator-token', 'join-token'])
      expect(machine.parameters.get(`${PREFIX}${name}`).version).toBe(1);
    expect(machine.sandbox.file('/etc/smartscale/secrets/webhook-token')).toBe(
      machine.parameters.get(`${PREFIX}webhook-token`).value,
    );
  });

  it('is not tried again once it has come to its end', async () => {
    const before = machine.sandbox.commands().length;
    expect((await machine.sandbox.unit(BOOT)).code).toBe(0);
    expect(machine.sandbox.commands().slice(before)).toEqual([`systemctl start ${BOOT}`]);
  });

  it('a second run finishes although AWS throttles every other call', async () => {
    const { sandbox } = machine;
    const usual = sandbox.programText('aws');
    const once = `if mkdir "${sandbox.root}/tried" 2>/dev/null; then echo "An error occurred (ThrottlingException): Rate exceeded" >&2; exit 254; fi\nrmdir "${sandbox.root}/tried"`;
    sandbox.program('aws', `${once}\n${aws}`);
    expect((await sandbox.boot('server')).code).toBe(0);
    sandbox.restore('aws', usual);
  });

  it('one run waits for no other and disturbs none: the second says that the first is under way', async () => {
    const lock = join(machine.sandbox.root, 'var/lib/smartscale/lock');
    const holder = spawn('flock', [lock, 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const free = () => spawnSync('flock', ['--nonblock', lock, 'true']).status === 0;
    await eventually('somebody holds the lock', () => !free());
    const { code, said } = await machine.sandbox.boot('server');
    holder.stdin.end();
    expect(code).not.toBe(0);
    expect(said).toEqual([expect.stringMatching(/FAILED while waiting for its turn: another run of it is under way/)]);
  });

  it('what fails again and again is told to people once in six hours, each unit for itself, and every time to the log group', async () => {
    const before = { messages: messages().length, logged: logged().length };
    for (const _again of [1, 2, 3]) expect((await machine.sandbox.unit(failed)).code).toBe(0);
    expect(messages().slice(before.messages)).toEqual([
      expect.objectContaining({
        subject: 'SmartScale shop: k3s.service failed',
        message: expect.stringContaining('If it fails again within 6 hours, no further message tells it.') as string,
      }),
    ]);
    expect(logged()).toHaveLength(before.logged + 3);
    await machine.sandbox.unit('smartscale-failed@smartscale.service.service');
    expect(messages()).toHaveLength(before.messages + 2);
    const sixHoursAgo = Date.now() / 1000 - 6 * 3600 - 60;
    utimesSync(join(machine.sandbox.root, 'var/lib/smartscale-told/k3s.service'), sixHoursAgo, sixHoursAgo);
    await machine.sandbox.unit(failed);
    expect(messages()).toHaveLength(before.messages + 3);
  });

  it('what could not be told is told the next time', async () => {
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

  describe('the journal', () => {
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

    it('goes to the log group, a stream a unit, every line once, and no secret', async () => {
      const before = machine.sandbox.leftOver();
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
      expect(machine.sandbox.leftOver()).toEqual(before);
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
});
