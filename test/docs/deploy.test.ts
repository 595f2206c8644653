import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseConfiguration } from '../../stacks/configuration';
import { configuration } from '../../stacks/configuration/schema';
import { monthlyCost } from '../../stacks/cost/monthly-cost';
import { serverSettings, workerSettings } from '../../stacks/hosts/settings';
import { K3S_RELEASE, RELEASE_CHECKSUM, SECRETS, SERVER_ADDRESS } from '../../stacks/names';
import { schemaKeys, type SchemaKey } from '../config/schema-keys';
import { LEAST, synthesise } from '../stacks/support/synthesised';
import { tableRows } from './table-rows';

const page = readFileSync(join(__dirname, '../../docs/deploy.md'), 'utf8');
const parsed = (smartscale: object) => parseConfiguration({ context: { smartscale } }, 'test');

function defaultOf({ byDefault, required }: SchemaKey): string {
  if (required) return 'required';
  if (byDefault === undefined) return 'none';
  return typeof byDefault === 'string' ? byDefault : JSON.stringify(byDefault);
}

test('docs/deploy.md has every key of the stacks with its default, and no other', () => {
  const keys = schemaKeys(z.toJSONSchema(configuration, { io: 'input', unrepresentable: 'any' }));
  const rows = tableRows('deploy.md', 'Configuration').map(([key, byDefault]) => [key, byDefault]);
  expect(rows).toEqual(keys.map((it) => [it.key, defaultOf(it)]));
});

test('docs/deploy.md shows a pool for some pods only that is taken as it stands', () => {
  const [, example = ''] = /^```json\n([^]*?)^```$/m.exec(page) ?? [];
  const pools = JSON.parse(example) as object;
  expect(parsed({ ...LEAST, pools: { ...LEAST.pools, ...pools } }).pools).toMatchObject(pools);
});

test('docs/deploy.md has every output', () => {
  const rows = tableRows('deploy.md', 'Outputs').map(([name]) => name);
  expect(rows.toSorted()).toEqual(Object.keys(synthesise().output).toSorted());
});

test('docs/deploy.md has every setting of machines and every parameter', () => {
  const where = { region: 'r', bucket: 'b' };
  const server = Object.keys(serverSettings(parsed(LEAST), where));
  const worker = Object.keys(workerSettings(parsed(LEAST), 'workers', where));
  const machineOf = (it: string) => {
    if (!worker.includes(it)) return 'server';
    return server.includes(it) ? 'both' : 'worker';
  };
  const settings = [...new Set([...server, ...worker])].map((it) => [it, machineOf(it)]);
  const parameters = [
    ...Object.values(SECRETS).map((it) => [it, 'server']),
    ...[SERVER_ADDRESS, RELEASE_CHECKSUM, K3S_RELEASE, 'config/cluster', 'config/pools/<name>'].map((it) => [
      it,
      'CDKTF',
    ]),
  ];
  const rows = tableRows('deploy.md', 'Between CDKTF and the machines').map(([name, whose]) => [name, whose]);
  expect(rows.toSorted()).toEqual([...settings, ...parameters].toSorted());
});

test('docs/deploy.md leads to every part of docs/hosts.md that is about something to do', () => {
  const headings = readFileSync(join(__dirname, '../../docs/hosts.md'), 'utf8').matchAll(/^## (.+)$/gm);
  const parts = [...headings].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-'));
  const links = [...page.matchAll(/\]\(hosts\.md#([^)]+)\)/g)].map(([, part]) => part);
  expect(parts).toEqual(expect.arrayContaining(['the-server-is-lost', 'the-table-is-lost', 'a-token-leaked']));
  expect([...new Set(links)].sort()).toEqual(parts.filter((it) => it !== 'the-server').sort());
});

test('docs/deploy.md tells upgrade and rollback with the units and scripts that there are', () => {
  const section = (name: string) => new RegExp(`^## ${name}\n([^]*?)^## `, 'm').exec(page)?.[1] ?? '';
  const text = section('Upgrade') + section('Roll back');
  const named = [...text.matchAll(/systemctl start ([\w-]+)|server\/([\w-]+\.sh)/g)];
  const files = [...new Set(named.map(([, unit, script]) => (unit === undefined ? script : `${unit}.service`)))].sort();
  expect(files).toEqual([
    'replace-workers.sh',
    'roll-back.sh',
    'smartscale-replace-workers.service',
    'smartscale-upgrade.service',
  ]);
  for (const file of files) expect(existsSync(join(__dirname, '../../k3s/server', file ?? ''))).toBe(true);
});

test.each(['nat-gateway', 'nat-instance', 'public-subnets'])(
  'docs/deploy.md says what the base costs with %s',
  (nat) => {
    const { region: _region, ...anywhere } = LEAST;
    for (const { what, dollars } of monthlyCost(parsed({ ...anywhere, network: { nat } }))) {
      expect(page).toMatch(new RegExp(`^\\| ${what} +\\| ${dollars?.toFixed(2)} `, 'm'));
    }
  },
);
