import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { downloadPackages } from './package-download';
import { relocateAlertmanager } from './relocate';

type Program = 'prometheus' | 'promtool' | 'alertmanager' | 'amtool';

/** Absolute paths of the four programs. */
export interface Binaries extends Readonly<Record<Program, string>> {
  /** Folder to run the servers in: an unpacked Alertmanager finds its templates from there. */
  readonly runIn: string;
}

export interface BinarySearch {
  /** PATH, XDG_CACHE_HOME and HOME of this environment; default: of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** One line for people when something takes time. */
  readonly say?: (line: string) => void;
}

/** Names under which each program is packaged; Debian prefixes Alertmanager's. */
const NAMES: Readonly<Record<Program, readonly string[]>> = {
  prometheus: ['prometheus'],
  promtool: ['promtool'],
  alertmanager: ['alertmanager', 'prometheus-alertmanager'],
  amtool: ['amtool'],
};

const HOW_TO_INSTALL =
  'Install Prometheus and Alertmanager (Debian and Ubuntu: apt-get install prometheus prometheus-alertmanager; ' +
  'macOS: brew install prometheus alertmanager; elsewhere: https://prometheus.io/download), so that prometheus, ' +
  'promtool, alertmanager and amtool are on PATH.';

/**
 * Finds the programs on PATH, else in the cache folder, else downloads the system's packages into the cache folder
 * without root. Rejects with one message that says what to install. Safe to call from several processes at once.
 */
export async function findBinaries(search: BinarySearch = {}): Promise<Binaries> {
  const environment = search.environment ?? process.env;
  const onPath = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const cache = cacheFolder(environment);
  const unpacked = join(cache, 'monitoring');
  const folders = [...onPath, join(unpacked, 'usr/bin')];
  const found = locate(folders);
  if (found.missing.length === 0) return { ...found.binaries, runIn: existsSync(unpacked) ? unpacked : '/' };
  search.say?.(
    `${found.missing.join(', ')} not on PATH: downloading the packages prometheus and prometheus-alertmanager into ${cache}`,
  );
  const packages = {
    packages: ['prometheus', 'prometheus-alertmanager'],
    optional: ['promtool'],
    environment,
    prepare: (folder: string) => relocateAlertmanager(join(folder, 'usr/bin/prometheus-alertmanager')),
  };
  await downloadPackages(packages, unpacked).catch((error: unknown) => {
    throw new Error(`${found.missing.join(', ')} not found, and ${(error as Error).message}. ${HOW_TO_INSTALL}`);
  });
  const again = locate(folders);
  if (again.missing.length === 0) return { ...again.binaries, runIn: unpacked };
  throw new Error(`the packages in ${unpacked} lack ${again.missing.join(', ')}. ${HOW_TO_INSTALL}`);
}

function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache');
  return join(base, 'smartscale');
}

function locate(folders: readonly string[]): { binaries: Record<Program, string>; missing: string[] } {
  const path = (program: Program): string => firstExecutable(folders, NAMES[program]) ?? '';
  const binaries = {
    prometheus: path('prometheus'),
    promtool: path('promtool'),
    alertmanager: path('alertmanager'),
    amtool: path('amtool'),
  };
  const missing = Object.entries(binaries).flatMap(([name, file]) => (file === '' ? [name] : []));
  return { binaries, missing };
}

function firstExecutable(folders: readonly string[], names: readonly string[]): string | undefined {
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutableFile);
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
