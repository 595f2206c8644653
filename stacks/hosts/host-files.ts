/** What machines run, read before anything is made of it: a file that is missing is a mistake like others. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../configuration';

export const SCRIPTS = { server: 'k3s/server/bootstrap.sh', worker: 'k3s/worker/bootstrap.sh' } as const;
const FOLDERS = ['k3s', 'prometheus-rules'];
/** Documentation, and what checks and tests rules, stay at home. */
const SENT = (path: string) => !/\.(ts|md)$/.test(path) && !path.startsWith('prometheus-rules/tests/');
/** The name of the webhook on the server, wherever it was built. */
export const WEBHOOK = 'webhook.js';

export interface HostFiles {
  /** User data of machines, without the header. */
  readonly scripts: Readonly<Record<keyof typeof SCRIPTS, string>>;
  /** What the server fetches: path there, and where it lies. */
  readonly release: readonly { readonly path: string; readonly source: string }[];
}

/** `root`: of this repository; `bundle`: path from there, or absolute. @throws ConfigurationError */
export function readHostFiles(root: string, bundle: string): HostFiles {
  const bundlePath = bundle.startsWith('/') ? bundle : join(root, bundle);
  const missing = [
    ...Object.values(SCRIPTS)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${path} is not there: it becomes the user data of machines, and belongs to this repository`),
    ...(isFile(bundlePath)
      ? []
      : [
          `context.smartscale.bundle: must be the path of the built webhook, and ${bundle} is no file; npm run bundle makes it`,
        ]),
  ];
  if (missing.length > 0) throw new ConfigurationError(root, missing);
  const files = FOLDERS.filter((it) => existsSync(join(root, it))).flatMap((it) => filesUnder(root, it));
  const scripts = { server: read(root, SCRIPTS.server), worker: read(root, SCRIPTS.worker) };
  const release = files.filter(SENT).map((path) => ({ path, source: join(root, path) }));
  // With its map a stack trace names files and lines of the sources.
  const bundled = [WEBHOOK, `${WEBHOOK}.map`]
    .map((path) => ({ path, source: path.replace(WEBHOOK, () => bundlePath) }))
    .filter(({ source }) => isFile(source));
  return { scripts, release: [...release, ...bundled] };
}

function filesUnder(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesUnder(root, path) : [path];
    })
    .sort();
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
