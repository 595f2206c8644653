import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../../webhook/config';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';
import { appliedSecret } from './support/applied-secret';
import { loadCredentials } from './support/load-credentials';
import type { Machine } from './support/machine';
import { CAN_SERVE, newServer, POOL, TOPIC, UNABLE_TO_SERVE } from './support/new-server';
import { BUCKET, PREFIX, type Run } from './support/sandbox';

const describeHosts = CAN_SERVE ? describe : describe.skip;
const SECRETS = '/etc/smartscale/secrets';

let machine: Machine;

const failures = (said: readonly string[]) => said.filter((line) => line.includes('FAILED'));
const secret = (name: string) => machine.sandbox.file(`${SECRETS}/${name}`);
const inSsm = (name: string) => machine.parameters.get(`${PREFIX}${name}`);

const applied = (name: string) => appliedSecret(machine.sandbox, name);

function backup(files: Readonly<Record<string, string>>): void {
  const folder = join(machine.sandbox.s3, BUCKET, 'backups');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

describeHosts(`a server that came up${UNABLE_TO_SERVE}`, () => {
  let first: Run;

  beforeAll(async () => {
    machine = await newServer();
    first = await machine.sandbox.boot('server');
  });

  afterAll(() => machine.stop());

  it('comes up: K3s as control plane, the webhook with a configuration that it takes, the timers', () => {
    const { code, said } = first;
    expect({ code, said: said.at(-1) }).toEqual({
      code: 0,
      said: `smartscale-bootstrap: ${machine.id} serves cluster shop at ${machine.address}`,
    });
    expect(parse(machine.sandbox.file('/etc/rancher/k3s/config.yaml'))).toMatchObject({
      'node-name': machine.id,
      'node-taint': ['node-role.kubernetes.io/control-plane=true:NoSchedule'],
      'kubelet-arg': [`provider-id=aws:///${machine.zone}/${machine.id}`],
    });
    const started = machine.sandbox.commands().filter((it) => it.startsWith('systemctl restart'));
    expect(started.map((it) => it.split(' ').at(-1))).toEqual([
      'k3s.service',
      'smartscale-kubernetes-token.timer',
      'smartscale-backup.timer',
      'smartscale-certificates.timer',
      'smartscale-logs.timer',
      'smartscale.service',
    ]);
    expect(machine.sandbox.leftOver()).toEqual([]);
  });

  it('what CDKTF made is the configuration of the webhook, and the service accepts it', () => {
    const text = machine.sandbox.file('/etc/smartscale/smartscale.yaml');
    const places = { '/run/credentials/smartscale.service/': `${machine.sandbox.root}/credentials/` };
    loadCredentials(machine.sandbox, 'smartscale.service', join(machine.sandbox.root, 'credentials'));
    const here = Object.entries(places).reduce((all, [there, place]) => all.replaceAll(there, place), text);
    const { clusters, store, listen } = parseConfig(here, 'smartscale.yaml', {});
    expect(store).toEqual({ table: 'smartscale', region: 'eu-central-1' });
    expect(listen.tls).toBeDefined();
    expect(clusters['shop']?.pools['workers']).toMatchObject({ max: 10, launch: { template: { version: '3' } } });
    expect(clusters['shop']?.kubernetes).toMatchObject({ tokenFile: '/var/lib/smartscale-credential/token' });
    expect(machine.sandbox.file('/var/lib/smartscale-credential/token')).toBe('a-token-of-smartscale\n');
  });

  it('makes the secrets, keeps them in SSM as SecureStrings, and shows them to nobody', () => {
    const { said } = first;
    for (const name of ['webhook-token', 'operator-token']) {
      expect(secret(name)).toMatch(/^[0-9a-f]{64}\s*$/);
      expect(inSsm(name)).toMatchObject({ type: 'SecureString', value: secret(name).trim() });
      expect(machine.sandbox.mode(`${SECRETS}/${name}`)).toBe('600');
    }
    expect(inSsm('join-token')).toMatchObject({
      type: 'SecureString',
      value: `K10${'a'.repeat(64)}::node:${secret('agent-token')}`,
    });
    expect(machine.sandbox.mode(SECRETS)).toBe('700');
    const shown = [...said, ...machine.sandbox.commands(), machine.sandbox.log('journal')].join('\n');
    const manifests = machine.sandbox.file('/var/lib/rancher/k3s/server/manifests/smartscale.yaml');
    for (const name of ['webhook-token', 'operator-token', 'agent-token', 'monitoring-password']) {
      expect(shown).not.toContain(secret(name).trim());
      expect(manifests).not.toContain(secret(name).trim());
    }
  });

  it('a second run changes no secret, no certificate and no version of a parameter', async () => {
    const kept = ['webhook-token', 'monitoring-password', 'agent-token'].map(secret);
    const certificate = machine.sandbox.file('/etc/smartscale/tls/smartscale.pem');
    expect(await machine.sandbox.boot('server')).toMatchObject({ code: 0 });
    expect(['webhook-token', 'monitoring-password', 'agent-token'].map(secret)).toEqual(kept);
    expect(machine.sandbox.file('/etc/smartscale/tls/smartscale.pem')).toBe(certificate);
    expect(['webhook-token', 'operator-token', 'join-token'].map((name) => inSsm(name).version)).toEqual([1, 1, 1]);
  });

  it('Alertmanager gets the token of the webhook, both get their certificates and a password that only its hash tells', () => {
    expect(applied('alertmanager-secrets')).toMatchObject({ 'smartscale-token': secret('webhook-token') });
    const { 'web.yml': web = '', 'tls.crt': certificate = '' } = applied('prometheus-web');
    expect((parse(web) as { basic_auth_users: object }).basic_auth_users).toEqual({
      smartscale: expect.stringMatching(/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/) as string,
    });
    expect(certificate).toContain('BEGIN CERTIFICATE');
    expect(applied('prometheus-secrets')['password']).toBe(secret('monitoring-password'));
  });

  it('the certificates are signed by the authority of the server and name the services', () => {
    const at = (name: string) => join(machine.sandbox.root, 'etc/smartscale/tls', name);
    for (const name of ['smartscale', 'alertmanager', 'prometheus']) {
      execFileSync('openssl', ['verify', '-CAfile', at('authority.pem'), at(`${name}.pem`)]);
      const said = execFileSync('openssl', ['x509', '-in', at(`${name}.pem`), '-noout', '-ext', 'subjectAltName'], {
        encoding: 'utf8',
      });
      expect(said).toContain(`DNS:${name}.${name === 'smartscale' ? 'smartscale' : 'monitoring'}.svc`);
    }
  });

  it('a certificate that ends soon is renewed by the timer, and only then whoever serves with it gets another', async () => {
    const at = join(machine.sandbox.root, 'etc/smartscale/tls');
    const before = machine.sandbox.commands().length;
    expect((await machine.sandbox.script('certificates.sh', '--due')).code).toBe(0);
    expect(machine.sandbox.commands().slice(before)).toEqual([]);
    const sign = ['x509', '-x509toreq', '-in', 'prometheus.pem', '-signkey', 'prometheus-key.pem', '-out', 'soon.csr'];
    execFileSync('openssl', sign, { cwd: at, stdio: 'pipe' });
    const soon = ['x509', '-req', '-in', 'soon.csr', '-CA', 'authority.pem', '-CAkey', 'authority-key.pem'];
    const rest = ['-set_serial', '1', '-days', '59', '-out', 'prometheus.pem'];
    execFileSync('openssl', [...soon, ...rest], { cwd: at, stdio: 'pipe' });
    expect((await machine.sandbox.script('certificates.sh', '--due')).code).toBe(0);
    execFileSync('openssl', ['x509', '-in', 'prometheus.pem', '-noout', '-checkend', `${390 * 86_400}`], { cwd: at });
    expect(applied('prometheus-web')['tls.crt']).toBe(machine.sandbox.file('/etc/smartscale/tls/prometheus.pem'));
    expect(machine.sandbox.commands().at(-1)).toBe('systemctl restart smartscale.service');
  });

  it('knows Alertmanager and Prometheus without DNS, once each however often it runs', () => {
    expect(machine.sandbox.file('/etc/hosts')).toBe(
      '10.43.0.93 alertmanager.monitoring.svc # smartscale\n10.43.0.90 prometheus.monitoring.svc # smartscale\n',
    );
  });

  it('hands K3s the ClusterRole of the webhook, whole', () => {
    const role = readFileSync(join(REPOSITORY, 'k3s/rbac/smartscale.yaml'), 'utf8');
    const manifests = machine.sandbox.file('/var/lib/rancher/k3s/server/manifests/smartscale.yaml');
    const all = parseAllDocuments(manifests).map((it) => it.toJS() as unknown);
    expect(all).toEqual(expect.arrayContaining(parseAllDocuments(role).map((it) => it.toJS() as unknown)));
  });

  it('an edited rule reaches the manifests by apply.sh, and nothing is restarted', async () => {
    const rules = join(machine.sandbox.root, 'opt/smartscale/release/prometheus-rules/smartscale.rules.yaml');
    writeFileSync(rules, readFileSync(rules, 'utf8').replace('expr: vector(70)', 'expr: vector(55)'));
    const before = machine.sandbox.commands().length;
    expect((await machine.sandbox.script('apply.sh')).code).toBe(0);
    expect(machine.sandbox.file('/var/lib/rancher/k3s/server/manifests/smartscale.yaml')).toContain('expr: vector(55)');
    expect(machine.sandbox.commands().slice(before).join('\n')).not.toContain('systemctl restart');
  });

  it('an image is changed in one place, for good in the release, at once on the server', async () => {
    const of = () => machine.sandbox.file('/var/lib/rancher/k3s/server/manifests/smartscale.yaml');
    const shipped = /^PROMETHEUS_IMAGE=(.+)$/m.exec(readFileSync(join(REPOSITORY, 'k3s/images.env'), 'utf8'))?.[1];
    expect(of().split(`image: '${shipped}'`)).toHaveLength(3);
    const own = join(machine.sandbox.root, 'etc/smartscale/images.env');
    writeFileSync(own, 'PROMETHEUS_IMAGE=mirror.example/prometheus:v9.9.9');
    expect((await machine.sandbox.script('apply.sh')).code).toBe(0);
    rmSync(own);
    expect(of().split("image: 'mirror.example/prometheus:v9.9.9'")).toHaveLength(3);
    expect(of()).not.toContain(shipped);
  });

  it('a changed pool restarts the webhook with it', async () => {
    machine.parameters.put(`${PREFIX}config/pools/workers`, JSON.stringify({ ...POOL, max: 20 }), { overwrite: true });
    await machine.sandbox.script('apply.sh');
    expect(machine.sandbox.file('/etc/smartscale/smartscale.yaml')).toContain('"max": 20');
    expect(machine.sandbox.commands().at(-1)).toBe('systemctl restart smartscale.service');
  });

  it('a pool that cannot be read is named, and what the webhook has stays', async () => {
    const kept = machine.sandbox.file('/etc/smartscale/smartscale.yaml');
    machine.parameters.put(`${PREFIX}config/pools/workers`, '{', { overwrite: true });
    const { code, said } = await machine.sandbox.script('apply.sh');
    machine.parameters.put(`${PREFIX}config/pools/workers`, JSON.stringify({ ...POOL, max: 20 }), { overwrite: true });
    expect(code).not.toBe(0);
    expect(failures(said)).toEqual([
      expect.stringMatching(
        /FAILED while rendering the configuration of the webhook: config\/pools\/workers is no JSON\. To do: run cdktf deploy/,
      ),
    ]);
    expect(machine.sandbox.file('/etc/smartscale/smartscale.yaml')).toBe(kept);
  });

  it.each(['webhook', 'operator'])(
    'rotating the %s token leaves the old one valid until the next rotation',
    async (which) => {
      const old = secret(`${which}-token`);
      const { code, said } = await machine.sandbox.script('rotate-token.sh', which);
      expect(code).toBe(0);
      const fresh = secret(`${which}-token`);
      expect(fresh).not.toBe(old);
      expect(secret(`${which}-token-previous`)).toBe(old);
      expect(inSsm(`${which}-token`).value).toBe(fresh.trim());
      expect(applied('alertmanager-secrets')['smartscale-token']).toBe(secret('webhook-token'));
      expect([...said, ...machine.sandbox.commands()].join()).not.toContain(fresh.trim());
      await machine.sandbox.script('rotate-token.sh', which);
      expect([secret(`${which}-token`), secret(`${which}-token-previous`)]).not.toContain(old);
    },
  );

  it('rotating the password of the monitoring gives doors and those who go through them the new one, and shows it to nobody', async () => {
    const [old, web] = [secret('monitoring-password'), applied('alertmanager-web')['web.yml']];
    const { code, said } = await machine.sandbox.script('rotate-password.sh');
    expect(code).toBe(0);
    const fresh = secret('monitoring-password');
    expect(fresh).not.toBe(old);
    expect(secret('monitoring-access')).toBe(`smartscale:${fresh}`);
    expect([applied('prometheus-secrets')['password'], applied('alertmanager-amtool')['password']]).toEqual([
      fresh,
      fresh,
    ]);
    expect(applied('alertmanager-web')['web.yml']).not.toBe(web);
    expect(machine.sandbox.commands().at(-1)).toBe('systemctl restart smartscale.service');
    expect([...said, ...machine.sandbox.commands()].join()).not.toContain(fresh.trim());
  });

  it('rotating the join token publishes what K3s wrote for the new one', async () => {
    const old = inSsm('join-token').value;
    expect((await machine.sandbox.script('rotate-join-token.sh')).code).toBe(0);
    expect(inSsm('join-token').value).not.toBe(old);
    expect(inSsm('join-token').value).toContain(secret('agent-token'));
  });

  it('a backup is a snapshot, the token that it takes to read it, and the silences', async () => {
    expect((await machine.sandbox.script('backup.sh')).code).toBe(0);
    expect(machine.sandbox.commands().join('\n')).toMatch(
      /k3s etcd-snapshot save --name smartscale --etcd-s3 .*--etcd-s3-bucket=smartscale-shop-bucket --etcd-s3-folder=backups/,
    );
    const at = join(machine.sandbox.s3, BUCKET, 'backups');
    expect(readFileSync(join(at, 'server-token'), 'utf8')).toBe(
      machine.sandbox.file('/var/lib/rancher/k3s/server/token'),
    );
    expect(execFileSync('tar', ['-tzf', join(at, 'alertmanager.tgz')], { encoding: 'utf8' })).toContain(
      'alertmanager/',
    );
  });

  it('a server that has its datastore restores nothing', async () => {
    backup({ 'server-token': 'K10::server:old', 'smartscale-i-1-1790000000': 'x' });
    expect(await machine.sandbox.script('restore.sh')).toEqual({ code: 0, said: [] });
    expect(machine.sandbox.exists('/var/lib/rancher/k3s/server/db/restored')).toBe(false);
  });

  it('a backup that fails is told to people, and its last lines are kept off the machine', async () => {
    const state = join(machine.sandbox.root, 'var/lib/smartscale/alertmanager');
    renameSync(state, `${state}-away`);
    expect((await machine.sandbox.unit('smartscale-backup.service')).code).not.toBe(0);
    renameSync(`${state}-away`, state);
    const about = { group: '/smartscale/shop/server', stream: 'failures/smartscale-backup.service' };
    const message = expect.stringContaining('FAILED while saving the silences') as string;
    expect(machine.sandbox.told()).toEqual([
      { ...about, events: [{ timestamp: expect.any(Number) as number, message }] },
      { topic: TOPIC, subject: 'SmartScale shop: smartscale-backup.service failed', message },
    ]);
  });
});

describeHosts(`a new server${UNABLE_TO_SERVE}`, () => {
  beforeEach(async () => {
    machine = await newServer();
  });

  afterEach(() => machine.stop());

  it('a lost server comes back from the newest backup, with the tokens of before', async () => {
    machine.parameters.put(`${PREFIX}webhook-token`, 'the-token-of-before', { type: 'SecureString' });
    backup({ 'server-token': 'K10::server:old', 'smartscale-i-1-1790000000': 'x', 'smartscale-i-1-1780000000': 'x' });
    const { code, said } = await machine.sandbox.boot('server');
    expect(code).toBe(0);
    expect(said).toContain('smartscale-bootstrap: restored smartscale-i-1-1790000000');
    expect(machine.sandbox.file('/var/lib/rancher/k3s/server/db/restored')).toContain(
      '--cluster-reset-restore-path=smartscale-i-1-1790000000',
    );
    expect(secret('server-token')).toBe('K10::server:old');
    expect(machine.sandbox.file('/var/lib/rancher/k3s/server/token')).toBe('K10::server:old');
    expect(secret('webhook-token').trim()).toBe('the-token-of-before');
    expect(inSsm('webhook-token').version).toBe(1);
  });

  it.each<[string, () => Record<string, string> | void, RegExp]>([
    [
      'SSM keeps nothing',
      () => machine.parameters.deny('PutParameter'),
      /FAILED while writing \/smartscale\/shop\/webhook-token to SSM: .*not authorized.* To do: .*ssm:PutParameter/,
    ],
    [
      'a snapshot has no token',
      () => backup({ 'smartscale-i-1-1790000000': 'x' }),
      /FAILED while restoring smartscale-i-1-1790000000: its server-token: .*404.* To do: a snapshot is unreadable without it/,
    ],
    [
      'Node is another',
      () => ({ SMARTSCALE_NODE_SHA512: '0'.repeat(128) }),
      /FAILED while installing Node: the checksum of .* is not 0+\. To do: /,
    ],
    [
      'the release has no webhook',
      () => rmSync(join(machine.sandbox.s3, BUCKET, 'release/webhook.js')),
      /FAILED while fetching the release from s3:\/\/smartscale-shop-bucket: webhook\.js is missing or another than CDKTF wrote\. To do: .*run cdktf deploy/,
    ],
    [
      'somebody but CDKTF changed the webhook and its list in the bucket',
      () => {
        writeFileSync(join(machine.sandbox.s3, BUCKET, 'release/webhook.js'), '// evil\n');
        machine.sandbox.sign();
      },
      /FAILED while fetching the release from .*: SHA256SUMS is another than CDKTF wrote\. To do: /,
    ],
    [
      'somebody but CDKTF put a manifest beside ours',
      () => writeFileSync(join(machine.sandbox.s3, BUCKET, 'release/k3s/manifests/evil.yaml'), 'kind: Pod\n'),
      /FAILED while fetching the release from .*: k3s\/manifests\/evil\.yaml is one more than CDKTF wrote\. To do: /,
    ],
  ])('when %s it ends with one line that says what to do, and a code that is not 0', async (_what, trouble, line) => {
    const { code, said } = await machine.sandbox.boot('server', trouble() ?? {});
    expect(code).not.toBe(0);
    expect(failures(said)).toEqual([expect.stringMatching(line)]);
    const told = machine.sandbox.told().filter(({ topic }) => topic !== undefined);
    // Before there is a release there is no script that could tell.
    const subject = 'SmartScale shop: boot failed';
    expect(told).toEqual(String(line).includes('fetching') ? [] : [expect.objectContaining({ topic: TOPIC, subject })]);
  });
});
