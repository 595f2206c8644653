import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { downloadPackages } from '../../../simulator/monitoring/package-download';
import { isInstalled } from '../../worker/notices-unit';

/** From PATH, else the system's package unpacked into the cache folder without root; an Error says why there is none. */
export async function findShellcheck(): Promise<string | Error> {
  if (isInstalled('shellcheck')) return 'shellcheck';
  const cache = process.env['XDG_CACHE_HOME'] || join(process.env['HOME'] || homedir(), '.cache');
  const unpacked = join(cache, 'smartscale/shellcheck');
  const program = join(unpacked, 'usr/bin/shellcheck');
  if (existsSync(program)) return program;
  const packages = { packages: ['shellcheck'], optional: [], environment: process.env, prepare: async () => {} };
  try {
    await downloadPackages(packages, unpacked);
    return program;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
