import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './support/machine';
import { CAN_SERVE, newServer, POOL, TOPIC, UNABLE_TO_SERVE } from './support/new-server';
import { BUCKET, FIRST_K3S, PREFIX } from './support/sandbox';

const describeHosts = CAN_SERVE ? describe : describe.skip;
const UPGRADE = 'smartscale-upgrade.service';
const NEXT_K3S = 'v1.35.1+k3s1';
const THIRD_K3S = 'v1.36.0+k3s1';

let machine: Machine;

const upgrade = () => machine.sandbox.unit(UPGRADE);
const k3s = () => /SANDBOX_K3S=(\S+)/.exec(machine.sandbox.file('/usr/local/bin/k3s'))?.[1];
const datastore = () => `1.${machine.sandbox.file('/var/lib/rancher/k3s/server/db/minor')}`;
const webhook = () => machine.sandbox.file('/opt/smartscale/release/webhook.js');
const template = () =>
  /"template": \{\s*"id": "[^"]+",\s*"version": "(\d+)"/.exec(
    machine.sandbox.file('/etc/smartscale/smartscale.yaml'),
  )?.[1];
const snapshots = () =>
  readdirSync(join(machine.sandbox.s3, BUCKET, 'backups')).filter((it) => it.startsWith('before-upgrade-'));
const journal = () => machine.sandbox.log('journal').split('\n');
const running = () => ({ k3s: k3s(), datastore: datastore(), webhook: webhook(), template: template() });
const toldSince = (before: number) =>
  machine.sandbox
    .told()
    .slice(before)
    .filter(({ topic }) => topic === TOPIC);

/** What `cdktf deploy` changes. */
function deploy({ k3s: version, webhook: text, template: number, broken = false }: Deployment): void {
  writeFileSync(join(machine.sandbox.s3, BUCKET, 'release/webhook.js'), text);
  machine.publish();
  machine.offerK3s(version, { broken });
  const launch = { ...POOL.launch, template: { ...POOL.launch.template, version: number } };
  machine.parameters.put(`${PREFIX}config/pools/workers`, JSON.stringify({ ...POOL, launch }), { overwrite: true });
}

interface Deployment {
  readonly k3s: string;
  readonly webhook: string;
  readonly template: string;
  readonly broken?: boolean;
}

const FIRST = { k3s: FIRST_K3S, datastore: '1.34', webhook: '// the webhook\n', template: '3' };
const SECOND = { k3s: NEXT_K3S, datastore: '1.35', webhook: '// the second\n', template: '4' };

describeHosts(`a server with releases, one after the other${UNABLE_TO_SERVE}`, () => {
  beforeAll(async () => {
    machine = await newServer();
    await machine.sandbox.boot('server');
  });

  afterAll(() => machine.stop());

  it('stays what it is while nothing is newer', async () => {
    const before = machine.sandbox.commands().length;
    expect((await upgrade()).code).toBe(0);
    expect(running()).toEqual(FIRST);
    expect(machine.sandbox.commands().slice(before).join('\n')).not.toContain('etcd-snapshot');
    expect(machine.sandbox.exists('/var/lib/smartscale/before')).toBe(false);
  });

  it.each([
    ['v1.36.0+k3s1', /it is 2 minor versions ahead\. To do: set k3s\.version in cdktf\.json to one of the next minor/],
    [
      'v1.33.7+k3s1',
      /its datastore cannot be read by an older minor version\. To do: set k3s\.version in cdktf\.json back/,
    ],
    ['v2.0.0+k3s1', /it is another generation of K3s\. To do: read its release notes/],
    ['latest', /k3s is no version with a checksum\. To do: run cdktf deploy/],
  ])('refuses %s before it changes anything', async (version, line) => {
    machine.offerK3s(version);
    expect((await upgrade()).code).not.toBe(0);
    expect(running()).toEqual(FIRST);
    expect(journal()).toContainEqual(expect.stringMatching(line));
  });

  it('does not give workers a K3s that is ahead of its own, whatever makes the configuration anew', async () => {
    deploy(SECOND);
    const { code, said } = await machine.sandbox.script('apply.sh');
    expect({ code, said: said.at(-1) }).toEqual({
      code: 0,
      said: `smartscale-bootstrap: this server runs ${FIRST_K3S} and CDKTF wrote ${NEXT_K3S}: the webhook keeps its configuration until the upgrade`,
    });
    expect(template()).toBe('3');
  });

  it('without a snapshot there is no upgrade', async () => {
    machine.sandbox.program('tar', 'echo "tar: disk full" >&2; exit 1');
    const { code } = await upgrade();
    machine.sandbox.program('tar', 'exec /bin/tar "$@"');
    expect(code).not.toBe(0);
    expect(running()).toEqual(FIRST);
    expect(machine.sandbox.exists('/var/lib/smartscale/before')).toBe(false);
  });

  it('becomes the next: a snapshot first, then K3s, the release, and only then the templates of workers', async () => {
    const before = machine.sandbox.commands().length;
    expect((await upgrade()).code).toBe(0);
    expect(running()).toEqual(SECOND);
    const order = machine.sandbox.commands().slice(before).join('\n');
    expect(order).toMatch(
      /etcd-snapshot save --name before-upgrade [^]*restart k3s\.service[^]*restart smartscale\.service/,
    );
    expect(snapshots().length).toBeGreaterThan(0);
    expect(machine.sandbox.file('/etc/smartscale/host.env')).toContain(`K3S_VERSION=${NEXT_K3S}`);
  });

  it('the user data again is the same upgrade, and never an older K3s', async () => {
    expect((await machine.sandbox.boot('server')).code).toBe(0);
    expect(running()).toEqual(SECOND);
  });

  it('goes back when the new K3s does not run: the release, the datastore and the templates of before, and people are told', async () => {
    const before = machine.sandbox.told().length;
    deploy({ k3s: THIRD_K3S, webhook: '// the third\n', template: '5', broken: true });
    expect((await upgrade()).code).not.toBe(0);
    expect(running()).toEqual(SECOND);
    expect(journal()).toContainEqual(
      expect.stringMatching(/FAILED while starting k3s\.service: it does not start: .*v1\.36\.0\+k3s1 is broken/),
    );
    expect(journal()).toContainEqual(expect.stringContaining(`went back to ${NEXT_K3S}`));
    expect(toldSince(before)).toEqual([
      expect.objectContaining({ subject: 'SmartScale shop: smartscale-upgrade.service failed' }),
    ]);
    expect(snapshots().length).toBeGreaterThan(1);
    expect(machine.sandbox.file('/etc/smartscale/host.env')).toContain(`K3S_VERSION=${NEXT_K3S}`);
    // What was kept is used up: the next upgrade keeps anew.
    expect(machine.sandbox.exists('/var/lib/smartscale/before')).toBe(false);
  });

  it('goes back when the new webhook ends after it has started', async () => {
    deploy({ ...SECOND, webhook: '// broken\n' });
    expect((await upgrade()).code).not.toBe(0);
    expect(running()).toEqual(SECOND);
    expect(journal()).toContainEqual(
      expect.stringMatching(
        /FAILED while waiting for the webhook: it does not answer within 1 s: TypeError: it is broken/,
      ),
    );
  });

  it('an upgrade that the machine went down in the middle of is gone on with, and keeps what was before it', async () => {
    deploy({ k3s: 'v1.35.2+k3s1', webhook: '// the fourth\n', template: '6' });
    const release = 'opt/smartscale/release/k3s/server/before-upgrade.sh';
    // Down right after the new release is in its place: its install.sh never ran.
    const install = join(machine.sandbox.s3, BUCKET, 'release/k3s/server/install.sh');
    const text = readFileSync(install, 'utf8');
    writeFileSync(install, 'kill -9 $PPID\n');
    machine.publish();
    await upgrade();
    expect(existsSync(join(machine.sandbox.root, release))).toBe(true);
    expect(machine.sandbox.exists('/var/lib/smartscale/before/pending')).toBe(true);
    writeFileSync(install, text);
    machine.publish();
    expect((await upgrade()).code).toBe(0);
    expect(running()).toEqual({ k3s: 'v1.35.2+k3s1', datastore: '1.35', webhook: '// the fourth\n', template: '6' });
    expect(journal()).toContainEqual(expect.stringContaining(`going on with the upgrade from ${NEXT_K3S}`));
    expect(readFileSync(join(machine.sandbox.root, 'var/lib/smartscale/before/version'), 'utf8')).toBe(NEXT_K3S);
  });

  it('goes back by hand within a minor version, and keeps the datastore', async () => {
    const before = machine.sandbox.commands().length;
    expect((await machine.sandbox.script('roll-back.sh')).code).toBe(0);
    expect(running()).toEqual(SECOND);
    expect(machine.sandbox.commands().slice(before).join('\n')).not.toContain('--cluster-reset');
  });

  it('to go back across minor versions by hand says what is lost, and does it only when told so', async () => {
    deploy({ k3s: THIRD_K3S, webhook: '// the fifth\n', template: '7' });
    expect((await upgrade()).code).toBe(0);
    const { code, said } = await machine.sandbox.script('roll-back.sh');
    expect(code).not.toBe(0);
    expect(said.at(-1)).toMatch(
      /FAILED while going back: .*what was written since the upgrade is lost\. To do: run .*--restore-datastore/,
    );
    expect(k3s()).toBe(THIRD_K3S);
    expect((await machine.sandbox.script('roll-back.sh', '--restore-datastore')).code).toBe(0);
    expect(running()).toEqual(SECOND);
  });

  describe('workers of another K3s', () => {
    const workers = (...lines: readonly string[]) =>
      machine.sandbox.write('workers', lines.map((it) => `${it}\n`).join(''));
    const replace = (...args: readonly string[]) => machine.sandbox.script('replace-workers.sh', ...args);
    let before = 0;

    const done = () =>
      machine.sandbox
        .commands()
        .slice(before)
        .filter((it) => /drain|uncordon|terminate-instances/.test(it))
        .map((it) => it.replace(/^(k3s kubectl|aws ec2) ([\w-]+) .*?(i-\d).*$/, '$2 $3'));

    beforeEach(() => {
      before = machine.sandbox.commands().length;
      workers(`i-1 ${NEXT_K3S}`, 'i-2 v1.34.3+k3s1', `i-3 ${NEXT_K3S}`, 'i-4 v1.34.3+k3s1');
    });

    it('are drained and ended one after the other, and the others left alone', async () => {
      expect((await replace()).code).toBe(0);
      expect(done()).toEqual(['drain i-2', 'terminate-instances i-2', 'drain i-4', 'terminate-instances i-4']);
    });

    it('--all replaces every one, as for a new image', async () => {
      expect((await replace('--all')).code).toBe(0);
      expect(done().filter((it) => it.startsWith('drain'))).toEqual([
        'drain i-1',
        'drain i-2',
        'drain i-3',
        'drain i-4',
      ]);
    });

    it('one that a budget holds serves again, and stops the rest', async () => {
      machine.sandbox.write('budget', '');
      const { code, said } = await replace();
      machine.sandbox.write('budget', null);
      expect(code).not.toBe(0);
      expect(done()).toEqual(['drain i-2', 'uncordon i-2']);
      expect(said.at(-1)).toMatch(/FAILED while draining i-2: .*disruption budget\. To do: it serves again/);
    });

    it('while pods wait for a node no further one is drained', async () => {
      machine.sandbox.write('waiting', '');
      const { code, said } = await replace();
      machine.sandbox.write('waiting', null);
      expect(code).not.toBe(0);
      expect(done()).toEqual(['drain i-2', 'terminate-instances i-2']);
      expect(said.at(-1)).toMatch(
        /FAILED while waiting for a place for the pods of i-2: pods still wait for a node after 1 s/,
      );
    });
  });
});
