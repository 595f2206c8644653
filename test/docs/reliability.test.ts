import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../../webhook/errors';

const root = join(__dirname, '..', '..');
const [, faults = ''] = readFileSync(join(root, 'docs/reliability.md'), 'utf8').split('## Faults');
const [section = ''] = faults.split(/^## /m);
/** Cells of the rows of the tables that have a column of tests. */
const rows = section
  .split('\n')
  .filter((line) => /^\|(.*\|){5}$/.test(line) && !/^\| (-|fault )/.test(line))
  .map((line) => line.split('|').slice(1, -1));

const isTest = (name: string) =>
  ['.test.ts', '.ts', ''].some((suffix) => existsSync(join(root, 'test', `${name}${suffix}`)));

test('every fault of docs/reliability.md has all its cells, and tests that are there', () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) {
    expect(row.filter((cell) => cell.trim() === '')).toEqual([]);
    const named = [...(row[4] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !isTest(name))).toEqual([]);
  }
});

test('every error code of a peer is in the table of faults', () => {
  const peers = /^(store|ec2|kubernetes|alertmanager|prometheus|sweep)-/;
  // Refusals of EC2 that are told by kind, and what is no fault of a peer.
  const byKind =
    /^(ec2-(no-capacity|quota|unauthorized|bad-configuration|token-reused|termination-protected)|kubernetes-rejected|sweep-refused)$/;
  const codes = Object.keys(ERRORS).filter((code) => peers.test(code) && !byKind.test(code));
  expect(codes.filter((code) => !section.includes(`\`${code}\``))).toEqual([]);
});
