import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Cells of every table row of a page in docs/ whose first cell is code, without the back quotes around whole cells. With
 * `section` only those below that heading of the second level.
 */
export function tableRows(page: string, section?: string): readonly (readonly string[])[] {
  const text = readFileSync(join(__dirname, '../../docs', page), 'utf8');
  const [, below = ''] = section === undefined ? ['', text] : text.split(`\n## ${section}\n`);
  const part = section === undefined ? below : (below.split('\n## ')[0] ?? '');
  return part
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map(plain),
    );
}

function plain(cell: string): string {
  return cell
    .trim()
    .replace(/^`([^`]*)`$/, '$1')
    .replaceAll('\\|', '|');
}
