import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Cells of every table row of a page in docs/ whose first cell is code, without the back quotes around whole cells. */
export function tableRows(page: string): readonly (readonly string[])[] {
  return readFileSync(join(__dirname, '../../docs', page), 'utf8')
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
