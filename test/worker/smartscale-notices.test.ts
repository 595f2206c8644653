import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noticesText } from '../../simulator/exporters/notices-text';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';
import { eventually } from '../end-to-end/support/eventually';
import { SECOND } from '../support/builders';
import { isInstalled, NoticesUnit, SCRIPT } from './notices-unit';
import { answering, away, hanging, PATHS, troubledImds, type Trouble, type TroubledImds } from './troubled-imds';

/** Workers have curl; a machine that only runs the tests may not. */
const HAS_CURL = isInstalled('curl');
const describeWithCurl = HAS_CURL ? describe : describe.skip;
const itWith = (program: string) => (isInstalled(program) ? it : it.skip);
/** `--offline` is there from systemd 250 on. */
const systemd = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const itWithOffline = Number(/^systemd (\d+)/.exec(systemd)?.[1] ?? 0) >= 250 ? it : it.skip;

let folder: string;
let imds: TroubledImds;
let units: NoticesUnit[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smartscale-notices-'));
  imds = await troubledImds();
  units = [];
});

afterEach(async () => {
  for (const unit of units) await unit.end('SIGKILL');
  await imds.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(environment: Readonly<Record<string, string>> = {}, into = folder): NoticesUnit {
  const unit = new NoticesUnit(into, imds.url, environment);
  units.push(unit);
  return unit;
}

async function started(environment: Readonly<Record<string, string>> = {}): Promise<NoticesUnit> {
  const unit = start(environment);
  await eventually('the first answers', () => Object.keys(unit.checked()).length === 3);
  return unit;
}

/** So many more polls have begun. */
async function polls(count: number): Promise<void> {
  const asked = () => [200, 404].reduce((sum, status) => sum + imds.answered(PATHS.rebalance, status), 0);
  const before = asked();
  await eventually(`${count} polls`, () => asked() >= before + count);
}

const inSeconds = (seconds: number) => Math.floor(imds.clock.now() / SECOND) * SECOND + seconds * SECOND;
const has = (unit: NoticesUnit, notices: Readonly<Record<string, number>>) =>
  eventually(`notices ${JSON.stringify(notices)}`, () => {
    expect(unit.notices()).toEqual(notices);
    return true;
  });

describeWithCurl(`the unit on a worker${HAS_CURL ? '' : ' (skipped: there is no curl on PATH)'}`, () => {
  it('says that it asked, and of no notice while there is none', async () => {
    const before = Math.floor(Date.now() / SECOND);
    const unit = await started();
    const { interruption = 0, ...others } = unit.checked();
    expect(others).toEqual({ maintenance: interruption, rebalance: interruption });
    expect(interruption).toBeGreaterThanOrEqual(before);
    expect(unit.notices()).toEqual({});
    expect(unit.said).toEqual([]);
  });

  it.each([
    ['an interruption', { interruption: 120 }],
    ['a scheduled event', { maintenance: 86_400 }],
    ['a recommendation', { rebalance: 0 }],
    ['a recommendation and then an interruption', { rebalance: 0, interruption: 110 }],
    ['nothing', {}],
  ])('writes of %s, byte for byte, what the simulated machines publish', async (_what, announced) => {
    const at = Object.fromEntries(Object.entries(announced).map(([kind, seconds]) => [kind, inSeconds(seconds)]));
    for (const [kind, time] of Object.entries(at)) imds.cloud.notify(imds.id, { kind: kind as 'rebalance', at: time });
    const unit = await started();
    const text = unit.text();
    const checkedAt = Number(/checked_timestamp_seconds\{kind="rebalance"\} (\d+)/.exec(text)?.[1]) * SECOND;
    expect(text).toBe(noticesText(checkedAt, at));
  });

  it('writes what promtool finds nothing wrong with', async () => {
    imds.cloud.notify(imds.id, { kind: 'interruption', at: inSeconds(120) });
    const unit = await started();
    const { promtool } = await findBinaries();
    const checked = spawnSync(promtool, ['check', 'metrics'], { input: unit.text(), encoding: 'utf8' });
    expect([checked.status, checked.stdout + checked.stderr]).toEqual([0, '']);
  });

  it('forgets a notice that is withdrawn', async () => {
    const unit = await started();
    imds.cloud.notify(imds.id, { kind: 'maintenance', at: inSeconds(3600) });
    await has(unit, { maintenance: inSeconds(3600) / SECOND });
    imds.cloud.notify(imds.id, null);
    await has(unit, {});
    expect(unit.said).toEqual([]);
  });

  it('gets another token when IMDS has forgotten its own, and loses no poll by it', async () => {
    const unit = await started();
    expect(imds.answered(PATHS.token, 200)).toBe(1);
    await imds.clock.advance(301 * SECOND);
    imds.cloud.notify(imds.id, { kind: 'interruption', at: inSeconds(60) });
    await has(unit, { interruption: inSeconds(60) / SECOND });
    expect(imds.answered(PATHS.interruption, 401)).toBe(1);
    expect(imds.answered(PATHS.token, 200)).toBe(2);
    expect(unit.said).toEqual([]);
  });

  it('renews its token before it ends', async () => {
    await started({ SMARTSCALE_TOKEN_SECONDS: '2' });
    await eventually('three tokens', () => imds.answered(PATHS.token, 200) >= 3);
    expect(imds.answered(PATHS.interruption, 401)).toBe(0);
  });

  it('asks past any proxy', async () => {
    const unit = await started({ http_proxy: 'http://127.0.0.1:9', ALL_PROXY: 'http://127.0.0.1:9' });
    expect(unit.said).toEqual([]);
  });

  it.each<[string, string, Trouble]>([
    ['500', 'interruption', answering(PATHS.interruption, 500)],
    ['503', 'maintenance', answering(PATHS.maintenance, 503)],
    ['401 to every token', 'interruption', answering(PATHS.interruption, 401)],
    ['nothing at all', 'interruption', hanging(PATHS.interruption)],
    ['an empty page', 'interruption', answering(PATHS.interruption, 200)],
    ['a page of a proxy', 'interruption', answering(PATHS.interruption, 200, '<html>{"log": "in"}</html>')],
    ['half an answer', 'interruption', answering(PATHS.interruption, 200, '{"action": "terminate", "time": "2026-')],
    ['a time that is none', 'interruption', answering(PATHS.interruption, 200, '{"time": "2026-13-41T99:00:00Z"}')],
    ['bytes', 'interruption', answering(PATHS.interruption, 200, Buffer.from([0, 255, 10, 123, 34, 200, 0, 125]))],
    ['an empty page', 'maintenance', answering(PATHS.maintenance, 200)],
    ['half a list', 'maintenance', answering(PATHS.maintenance, 200, '[ { "Code" : "instance-stop", "State" :')],
    [
      'an event without a time',
      'maintenance',
      answering(PATHS.maintenance, 200, '[{"Code": "instance-stop", "NotBefore": "soon", "State": "active"}]'),
    ],
  ])('keeps what it knows when IMDS answers %s about %s, and goes on with the rest', async (_what, kind, trouble) => {
    imds.cloud.notify(imds.id, { kind: kind as 'interruption', at: inSeconds(600) });
    const told = { [kind]: inSeconds(600) / SECOND };
    const unit = await started();
    imds.plays(trouble);
    await eventually('a complaint', () => unit.said.length === 1);
    const { [kind]: stopped } = unit.checked();
    imds.cloud.notify(imds.id, { kind: 'rebalance', at: inSeconds(0) });
    await has(unit, { ...told, rebalance: inSeconds(0) / SECOND });
    await eventually('a later look at the rest', () => (unit.checked()['rebalance'] ?? 0) > (stopped ?? 0));
    expect(unit.checked()[kind]).toBe(stopped);
    expect(unit.said).toEqual([expect.stringMatching(new RegExp(`cannot be read: ${kind}: `))]);
    imds.plays();
    await eventually('that all is well', () => unit.said.at(-1)?.endsWith('all is well again'));
    expect(unit.said).toHaveLength(2);
  });

  it.each<[string, Trouble, string]>([
    ['does not answer', away, 'does not answer'],
    ['is not there', answering(PATHS.token, 404), 'gives no session token: HTTP 404'],
    ['is switched off', answering(PATHS.token, 403, 'Forbidden'), 'gives no session token: HTTP 403'],
    ['is a page of a proxy', answering(PATHS.token, 200, '<html>\n"in"</html>'), 'something that is no session token'],
  ])('says once that IMDS %s, and begins when it does', async (_what, trouble, complaint) => {
    imds.plays(trouble);
    imds.cloud.notify(imds.id, { kind: 'interruption', at: inSeconds(120) });
    const unit = start();
    await eventually('a complaint', () => unit.said.length === 1);
    expect(unit.said[0]).toContain(complaint);
    const written = () => statSync(unit.file).mtimeMs;
    const first = written();
    await eventually('a few more rounds', () => written() > first + 300);
    expect(unit.said).toHaveLength(1);
    expect(unit.notices()).toEqual({});
    imds.plays();
    await has(unit, { interruption: inSeconds(120) / SECOND });
    expect(unit.said).toHaveLength(2);
  });

  it('tells of the first event that takes the machine, whatever else is planned', async () => {
    const event = (code: string, state: string, at: string) =>
      `{ "NotBefore" : "${at}", "Code" : "${code}", "Description" : "a \\"{, [:\\" b", "State" : "${state}" }`;
    const events = [
      event('system-reboot', 'active', '1 Jan 2026 00:00:00 GMT'),
      event('instance-stop', 'completed', '2 Jan 2026 00:00:00 GMT'),
      event('instance-stop', 'canceled', '3 Jan 2026 00:00:00 GMT'),
      event('system-maintenance', 'active', '21 Feb 2026 09:00:43 GMT'),
      event('instance-retirement', 'active', '21 Jan 2026 09:00:43 GMT'),
    ];
    imds.plays(answering(PATHS.maintenance, 200, `[ ${events.join(',\n ')} ]\n`));
    await has(start(), { maintenance: Date.parse('2026-01-21T09:00:43Z') / SECOND });
  });

  it.each(['2000-02-29T23:59:59Z', '2024-02-29T00:00:00Z', '2025-12-31T23:59:59Z', '2026-03-01T00:00:00Z'])(
    'reads %s as it is',
    async (time) => {
      imds.plays(answering(PATHS.interruption, 200, `{"action": "stop", "time": "${time}"}`));
      await has(start(), { interruption: Date.parse(time) / SECOND });
    },
  );

  it('never shows half a file', async () => {
    const unit = await started({ SMARTSCALE_POLL_SECONDS: '0.01' });
    imds.cloud.notify(imds.id, { kind: 'interruption', at: inSeconds(120) });
    let looks = 0;
    await eventually(
      'many polls',
      () => {
        expect(unit.text()).toMatch(/^# HELP [^]*kind="rebalance"\} \d+\n# HELP [^]*gauge\n(smartscale.*\} \d+\n)?$/);
        looks += 1;
        return imds.answered(PATHS.interruption, 200) > 10;
      },
      { every: 1 },
    );
    expect(looks).toBeGreaterThan(20);
  });

  it('killed in the middle of a write it leaves the old file whole, and the next start writes a new one', async () => {
    const unit = await started();
    await unit.end('SIGKILL');
    const before = unit.text();
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'mv'), `#!/bin/sh\necho moving >'${folder}/moving'\nexec sleep 60\n`);
    chmodSync(join(programs, 'mv'), 0o755);
    imds.cloud.notify(imds.id, { kind: 'interruption', at: inSeconds(120) });
    const killed = start({ PATH: `${programs}:${process.env['PATH']}` });
    await eventually('a write that is not finished', () => readdirSync(folder).includes('moving'));
    await killed.end('SIGKILL');
    expect(killed.text()).toBe(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.prom'))).toEqual(['smartscale_notices.prom']);
    await has(start(), { interruption: inSeconds(120) / SECOND });
  });

  it('waits for a folder that is not there yet', async () => {
    const late = join(folder, 'late');
    const unit = start({}, late);
    await eventually('a complaint', () => unit.said.length === 1);
    expect(unit.said[0]).toContain('cannot be written');
    await polls(3);
    mkdirSync(late);
    await eventually('a file', () => Object.keys(unit.checked()).length === 3);
    await eventually('that all is well', () => unit.said.length === 2);
  });

  it('ends well when it is asked to', async () => {
    const unit = await started();
    expect(await unit.end()).toBe(0);
    expect(readdirSync(folder)).toEqual(['smartscale_notices.prom']);
  });
});

it('says what is missing, and does not begin', async () => {
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  for (const program of ['sh', 'awk', 'date', 'sleep', 'mv', 'rm']) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
    symlinkSync(stdout.trim(), join(programs, program));
  }
  const unit = start({ PATH: programs });
  expect(await unit.ended()).toBe(69);
  await eventually('a line', () => unit.said.length > 0);
  expect(unit.said).toEqual(['smartscale-notices: needs curl, which is not installed']);
});

describe('what is shipped for workers', () => {
  itWith('shellcheck')('has nothing that shellcheck objects to', () => {
    const { status, stdout } = spawnSync('shellcheck', [SCRIPT], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  itWithOffline('is a unit that systemd understands, and leaves the service little to do', () => {
    const unit = join(REPOSITORY, 'k3s/worker/smartscale-notices.service');
    const args = ['security', '--offline=true', '--threshold=20', '--no-pager', unit];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect({ status, stderr, said: stdout.split('\n').at(-2) }).toMatchObject({ status: 0, stderr: '' });
  });
});
