import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of package.json, which stands one folder up from the sources and two from the compiled files. */
export const version = readVersion([
  join(__dirname, '..', 'package.json'),
  join(__dirname, '..', '..', 'package.json'),
]);

function readVersion(paths: readonly string[]): string {
  for (const path of paths) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
    } catch {
      // Not there: the next one.
    }
  }
  return 'unknown';
}
