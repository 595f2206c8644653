import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Put in by .ci/bundle.mjs: a bundle has no package.json beside it. */
declare const BUNDLED_VERSION: string | undefined;

/** Of package.json, which stands one folder up from the sources and two from the compiled files. */
export const version =
  typeof BUNDLED_VERSION === 'string'
    ? BUNDLED_VERSION
    : readVersion([join(__dirname, '..', 'package.json'), join(__dirname, '..', '..', 'package.json')]);

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
