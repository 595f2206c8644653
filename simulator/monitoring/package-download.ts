import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export interface DownloadSettings {
  readonly packages: readonly string[];
  /** Packages that not every release has: newer ones split what older ones have in one. */
  readonly optional: readonly string[];
  readonly environment: Environment;
  /** Changes what was unpacked before anybody sees it. */
  readonly prepare: (unpacked: string) => Promise<void>;
}

/** A download that hangs is a failure with a message, not a hang. */
const DOWNLOAD_TIMEOUT_MS = 300_000;

/**
 * Downloads Debian or Ubuntu packages with apt-get and unpacks them into `target`, without root: lists and archives lie
 * in a folder of our own and nothing is installed or started. All work, `prepare` included, happens beside `target`,
 * which appears by one rename, so that callers in several processes never see half a folder. Rejects with an Error that
 * says which step failed.
 */
export async function downloadPackages(
  { packages, optional, environment, prepare }: DownloadSettings,
  target: string,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(dirname(target), 'download-'));
  try {
    const unpacked = join(work, 'unpacked');
    const archives = await fetchArchives([packages, optional], work, environment);
    for (const archive of archives) await run('dpkg-deb', ['-x', archive, unpacked], work, environment);
    await prepare(unpacked);
    await putInPlace(unpacked, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchArchives(
  [packages, optional]: readonly [readonly string[], readonly string[]],
  work: string,
  environment: Environment,
): Promise<string[]> {
  const lists = join(work, 'lists');
  const cache = join(work, 'cache');
  const archives = join(work, 'archives');
  for (const folder of [join(lists, 'partial'), join(cache, 'archives/partial'), archives]) {
    await mkdir(folder, { recursive: true });
  }
  const settings = [
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${cache}`,
    `APT::Sandbox::User=${userInfo().username}`,
    'Debug::NoLocking=1',
    'Acquire::http::Timeout=20',
    'Acquire::Retries=2',
  ];
  const options = settings.flatMap((setting) => ['-o', setting]);
  await run('apt-get', [...options, 'update'], archives, environment);
  await run('apt-get', [...options, 'download', ...packages], archives, environment);
  for (const name of optional)
    await run('apt-get', [...options, 'download', name], archives, environment).catch(() => 0);
  return (await readdir(archives)).filter((file) => file.endsWith('.deb')).map((file) => join(archives, file));
}

/** Whoever renames first wins; a folder left incomplete by other means is replaced. */
async function putInPlace(unpacked: string, target: string): Promise<void> {
  try {
    await rename(unpacked, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    if (existsSync(join(target, 'usr/bin/prometheus'))) return;
    await rm(target, { recursive: true, force: true });
    await rename(unpacked, target);
  }
}

function run(command: string, args: readonly string[], folder: string, environment: Environment): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { ...environment, LC_ALL: 'C' }, timeout: DOWNLOAD_TIMEOUT_MS };
    execFile(command, [...args], options, (error, _stdout, stderr) => {
      if (error === null) return resolve();
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const reason = missing ? 'is not there' : `failed: ${lastLine(stderr) || error.message}`;
      reject(new Error(`downloading the system's packages did not work (${command} ${reason})`));
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
