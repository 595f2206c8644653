import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CLAMPS, VETOES } from '../../webhook/model/decision';
import { SCALE_DOWN_TABLE, SCALE_UP_TABLE } from '../../webhook/operation/transitions';
import { phaseTable } from './phase-table';

const root = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Prettier pads the cells of a table; what they say is compared. */
function unpadded(text: string): string {
  return text.replace(/ +\|/g, ' |').replace(/\| +/g, '| ').replace(/-{3,}/g, '---');
}

describe('README.md', () => {
  it.each([
    ['scale-up', SCALE_UP_TABLE],
    ['scale-down', SCALE_DOWN_TABLE],
  ])('draws the phases of a %s as the code has them', (_kind, table) => {
    expect(unpadded(read('README.md'))).toContain(unpadded(phaseTable(table)));
  });

  it.each([
    'README.md',
    'docs/cost.md',
    'docs/decisions.md',
    'docs/deploy.md',
    'docs/draining.md',
    'docs/hosts.md',
    'docs/interruptions.md',
    'docs/joining.md',
    'docs/operations.md',
    'docs/preflight.md',
    'docs/reliability.md',
    'docs/simulator.md',
  ])('%s links only to files that are there', (file) => {
    const links = [...read(file).matchAll(/\]\((?!http)([^)#]+)/g)].map(([, target]) => target ?? '');
    expect(links.filter((target) => !existsSync(join(root, dirname(file), target)))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read('README.md').matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test('npx runs the commands that the docs name: package.json or a package of it has them, and what is compiled of ours says that Node.js runs it', () => {
  const { bin } = JSON.parse(read('package.json')) as { bin: Record<string, string> };
  const named = ['README.md', 'docs/preflight.md'].flatMap((file) => [...read(file).matchAll(/npx ([\w-]+) /g)]);
  expect(named.length).toBeGreaterThan(1);
  const isThere = (name: string) => name in bin || existsSync(join(root, 'node_modules', '.bin', name));
  expect(named.filter(([, name = '']) => !isThere(name))).toEqual([]);
  for (const file of Object.values(bin)) {
    const source = file.replace(/^dist\//, '').replace(/\.js$/, '.ts');
    expect(read(source).split('\n')[0]).toBe('#!/usr/bin/env node');
  }
});

describe('docs/decisions.md', () => {
  const decisions = read('docs/decisions.md');

  it('explains every veto, in the order of the code', () => {
    const [, section = ''] = decisions.split('## Vetoes');
    const [vetoes = ''] = section.split('## Clamps');
    expect([...vetoes.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, name]) => name)).toEqual([...VETOES]);
  });

  it('names every clamp', () => {
    const [, section = ''] = decisions.split('## Clamps');
    expect(CLAMPS.filter((clamp) => !section.includes(`\`${clamp}\``))).toEqual([]);
  });

  it('explains every reason for which a drain is given up', () => {
    const removal = readdirSync(join(root, 'webhook/removal')).map((file) => `webhook/removal/${file}`);
    const source = ['webhook/operation/advance-scale-down.ts', 'webhook/operation/record.ts', ...removal]
      .map(read)
      .join('\n');
    const given = [
      ...[...source.matchAll(/rollBack\(\s*operation,\s*'([a-z-]+)'/g)].map(([, name]) => name ?? ''),
      ...[...source.matchAll(/reason: '([a-z-]+)'/g)].map(([, name]) => name ?? ''),
    ];
    expect(given.length).toBeGreaterThan(5);
    expect([...new Set(given)].filter((reason) => !decisions.includes(`\`${reason}\``))).toEqual([]);
  });
});
