import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MOTO_GAPS } from '../peers/ec2/moto-gaps';

const page = readFileSync(join(__dirname, '../../docs/simulator.md'), 'utf8');

test('docs/simulator.md lists every known gap of moto with both answers', () => {
  const [, section = ''] = page.split('## Where moto is not EC2');
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const words = (answer: (typeof MOTO_GAPS)[number]['ec2']) => (answer === undefined ? 'none' : String(answer));
  expect(rows.slice(1)).toEqual(MOTO_GAPS.map(({ what, ec2, moto }) => [what, words(ec2), words(moto)]));
});
