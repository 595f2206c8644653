import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';
import { isInstalled } from '../worker/notices-unit';

const units = ['server', 'worker'].flatMap((folder) =>
  readdirSync(join(REPOSITORY, 'k3s', folder))
    .filter((name) => /\.(service|timer)$/.test(name))
    .map((name) => join(REPOSITORY, 'k3s', folder, name)),
);

/** Keys of a unit; those that may come twice, in order. */
function parsed(path: string): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key) keys.set(key, [...(keys.get(key) ?? []), value]);
  }
  return keys;
}

const named = (name: string) => parsed(units.find((path) => path.endsWith(`/${name}`)) ?? name);
const services = units.filter((path) => path.endsWith('.service'));
/** K3s runs everybody's containers, which inherit what is locked; an upgrade installs software, as the boot does. */
const hardened = services.filter((path) => !/\/(k3s|k3s-agent|smartscale-upgrade)\.service$/.test(path));

const HARDENED = {
  NoNewPrivileges: 'yes',
  LockPersonality: 'yes',
  PrivateDevices: 'yes',
  PrivateTmp: 'yes',
  ProtectClock: 'yes',
  ProtectControlGroups: 'yes',
  ProtectHome: 'yes',
  ProtectHostname: 'yes',
  ProtectKernelLogs: 'yes',
  ProtectKernelModules: 'yes',
  ProtectKernelTunables: 'yes',
  ProtectSystem: 'strict',
  RestrictNamespaces: 'yes',
  RestrictRealtime: 'yes',
  SystemCallArchitectures: 'native',
};

test.each(hardened)('%s is locked into what it needs', (path) => {
  const unit = parsed(path);
  expect(Object.fromEntries(Object.keys(HARDENED).map((key) => [key, unit.get(key)?.[0]]))).toEqual(HARDENED);
  for (const key of ['CapabilityBoundingSet', 'SystemCallFilter', 'RestrictAddressFamilies', 'MemoryMax', 'TasksMax']) {
    expect([key, unit.get(key)]).toEqual([key, expect.anything()]);
  }
});

test.each(['smartscale.service', 'smartscale-notices.service'])(
  '%s has a user of its own and no capability',
  (name) => {
    const unit = named(name);
    expect(unit.get('User')?.[0]).toBe(name.replace('.service', ''));
    expect([unit.get('CapabilityBoundingSet'), unit.get('AmbientCapabilities')]).toEqual([[''], ['']]);
  },
);

test('the webhook gets its secrets as credentials, and none through its environment', () => {
  const unit = named('smartscale.service');
  expect(unit.get('LoadCredential')?.map((it) => it.split(':')[0])).toEqual([
    'certificate',
    'key',
    'authority',
    'webhook-token',
    'webhook-token-previous',
    'operator-token',
    'operator-token-previous',
    'monitoring-access',
  ]);
  expect([unit.get('Environment'), unit.get('EnvironmentFile')]).toEqual([undefined, undefined]);
});

test('the webhook never sees the files of K3s, the kubeconfig of the admin among them', () => {
  expect(named('smartscale.service').get('InaccessiblePaths')).toEqual(['-/var/lib/rancher -/etc/rancher']);
});

test('the webhook does not start with a configuration that cannot be used, and starts with problems of the world', () => {
  const [before = ''] = named('smartscale.service').get('ExecStartPre') ?? [];
  const shell = before.replace("/bin/sh -c '", '').replace(/'$/, '').replaceAll('$$', '$');
  const ends = (code: number) => spawnSync('sh', ['-c', shell.replace(/^.*?;/, `sh -c 'exit ${code}';`)]).status === 0;
  expect([0, 1, 2].map(ends)).toEqual([true, true, false]);
  expect(shell).toContain('check --config /etc/smartscale/smartscale.yaml');
});

const lasting = (folder: string) =>
  services.filter((path) => path.includes(`/${folder}/`) && !/Type=oneshot/.test(readFileSync(path, 'utf8')));

test.each(lasting('worker'))('%s is started again, however often it fails', (path) => {
  expect([parsed(path).get('Restart'), parsed(path).get('StartLimitIntervalSec')]).toEqual([['always'], ['0']]);
});

describe.each(lasting('server'))('%s', (path) => {
  const unit = parsed(path);

  test('is started again however often it fails, and people are told when it fails repeatedly', () => {
    expect(unit.get('Restart')).toEqual(['always']);
    // Reached also by one that takes two minutes to fail.
    expect([unit.get('StartLimitIntervalSec'), unit.get('StartLimitBurst')]).toEqual([['30min'], ['10']]);
    expect(unit.get('OnFailure')).toEqual(['smartscale-failed@%n.service smartscale-again@%n.timer']);
  });
});

test('what systemd gives up is started again in a minute, again and again', () => {
  const timer = named('smartscale-again@.timer');
  expect([timer.get('OnActiveSec'), timer.get('RemainAfterElapse')]).toEqual([['1min'], ['no']]);
  expect(named('smartscale-again@.service').get('ExecStart')).toEqual([
    '-/usr/bin/systemctl reset-failed %i',
    '/usr/bin/systemctl start --no-block %i',
  ]);
});

test('the token of the webhook is renewed three times in its life', () => {
  const script = readFileSync(join(REPOSITORY, 'k3s/server/kubernetes-token.sh'), 'utf8');
  expect(script).toContain('--duration 1h');
  expect(named('smartscale-kubernetes-token.timer').get('OnUnitActiveSec')).toEqual(['20min']);
});

test('what runs by itself tells people when it fails, and what tells them does not tell of itself', () => {
  const oneShots = services.filter((path) => /Type=oneshot/.test(readFileSync(path, 'utf8')));
  const told = oneShots.map((path) => [path.split('/').at(-1), parsed(path).get('OnFailure')]);
  expect(Object.fromEntries(told)).toEqual({
    'smartscale-again@.service': undefined,
    'smartscale-backup.service': ['smartscale-failed@%n.service'],
    'smartscale-certificates.service': ['smartscale-failed@%n.service'],
    'smartscale-failed@.service': undefined,
    'smartscale-kubernetes-token.service': ['smartscale-failed@%n.service'],
    'smartscale-logs.service': ['smartscale-failed@%n.service'],
    'smartscale-replace-workers.service': ['smartscale-failed@%n.service'],
    'smartscale-upgrade.service': ['smartscale-failed@%n.service'],
  });
});

/** The user data writes it: before there is a release there is nothing else that could. */
const BOOT_UNIT =
  /<<'END'\n([^]*?)\nEND\n/.exec(readFileSync(join(REPOSITORY, 'k3s/server/bootstrap.sh'), 'utf8'))?.[1] ?? '';

test('a first boot that fails, or that the machine went down in, is gone on with until it has come to its end', () => {
  expect(BOOT_UNIT).toContain('ConditionPathExists=!/var/lib/smartscale/booted\n');
  expect(BOOT_UNIT).toContain('ExecStart=/bin/bash /var/lib/cloud/instance/user-data.txt\n');
  expect(BOOT_UNIT).toMatch(/Restart=on-failure\nRestartSec=2min\n/);
  expect(BOOT_UNIT).toContain('WantedBy=multi-user.target');
  // What stops it is on the console, as that of the boot itself.
  expect(BOOT_UNIT).toContain('StandardError=journal+console\n');
});

const canVerify = isInstalled('systemd-analyze');
(canVerify ? test : test.skip)(
  `systemd understands every unit${canVerify ? '' : ' (skipped: no systemd-analyze)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'smartscale-units-'));
    const ofBoot = join(folder, 'smartscale-boot.service');
    writeFileSync(ofBoot, BOOT_UNIT);
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...units, ofBoot], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    // Programs and other units are on the hosts only.
    const complaints = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => /k3s|smartscale/.test(line) && /Unknown|Failed to parse|Invalid|ignoring/i.test(line));
    expect(complaints).toEqual([]);
  },
);
