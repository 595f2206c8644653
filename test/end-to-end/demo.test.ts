import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { eventually } from './support/eventually';
import { descendantsOf, isRunning, run, start, type RunningProcess, type Started } from './support/processes';

const DEMO = 'simulator/demo/main.js';

/** One by itself: the shells that guard them are not counted. */
const CHILDREN = [/webhook\/main\.js --config/, /prometheus --config\.file/, /alertmanager --config\.file/];

describe('npm run demo as a process', () => {
  let folder: string;
  let demo: Started | undefined;
  let left: readonly RunningProcess[] = [];

  beforeAll(async () => {
    await findBinaries();
    folder = await mkdtemp(join(tmpdir(), 'smartscale-demo-'));
  }, 600_000);

  // A test that failed must leave nothing behind either.
  afterEach(() => {
    demo?.child.kill('SIGKILL');
    for (const { pid } of left.filter(isRunning)) process.kill(pid, 'SIGKILL');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The demo when its nodes have come up, and everything that it has started. */
  async function inMidRun(): Promise<{ readonly demo: Started; readonly started: readonly RunningProcess[] }> {
    const playing = start(DEMO, [], { TMPDIR: folder });
    demo = playing;
    await eventually('nodes that are Ready', () => playing.output().split(' is Ready').length > 2);
    const started = descendantsOf(playing.child.pid ?? 0);
    left = started;
    for (const child of CHILDREN) expect(started.filter(({ command }) => child.test(command))).not.toHaveLength(0);
    expect(readdirSync(folder)).not.toEqual([]);
    return { demo: playing, started };
  }

  it('explains itself: --help', async () => {
    const { code, stdout, stderr } = await run(DEMO, ['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const option of ['--scenario', '--keep', '--time-scale', '--seed', '--help']) expect(stdout).toContain(option);
  }, 60_000);

  it.each([
    [['--fast'], /'--fast'/],
    [['--time-scale', '1000'], /--time-scale takes a number from 5 to 60, not "1000"/],
    [['--seed', 'x'], /--seed takes a number/],
    [['--scenario', 'flood'], /--scenario takes one of flash-sale, spot-drought, stubborn-drain, not "flood"/],
  ])(
    'refuses %j with a message and nothing started',
    async (args, message) => {
      const { code, stdout, stderr } = await run(DEMO, args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
    60_000,
  );

  it('plays stubborn-drain: what blocked each drain is on the screen, and its node is back in service', async () => {
    const playing = start(DEMO, ['--scenario', 'stubborn-drain'], { TMPDIR: folder });
    demo = playing;
    const code = await playing.ended;
    const stdout = playing.output();
    expect(stdout).toMatch(/gives i-\w+ back: .*default\/orders-.*The disruption budget orders needs 3 healthy pods/);
    expect(stdout).toMatch(/gives i-\w+ back: .*pod default\/node-debugger-.* is a bare pod/);
    expect(stdout).toMatch(/drains nothing: .*pod default\/report-1 is a bare pod/);
    expect(stdout).not.toContain('FAIL');
    expect(stdout).toContain('The main job was done.');
    expect(code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  }, 240_000);

  it('leaves no process and no file behind on Ctrl-C in mid-run', async () => {
    const { demo: playing, started } = await inMidRun();
    playing.child.kill('SIGINT');
    expect(await playing.ended).toBe(130);
    expect(started.filter(isRunning)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  }, 90_000);

  it('leaves no process behind when it is killed', async () => {
    const { demo: playing, started } = await inMidRun();
    playing.child.kill('SIGKILL');
    await playing.ended;
    await eventually('the end of everything it had started', () => {
      expect(started.filter(isRunning)).toEqual([]);
      return true;
    });
  }, 90_000);
});
