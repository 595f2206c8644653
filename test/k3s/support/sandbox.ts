import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CHECKSUMS } from '../../../stacks/names';
import { checksumList, sha256 } from '../../../stacks/storage/release';
import { REPOSITORY } from '../../../simulator/monitoring/shipped-files';

const STUBS = join(__dirname, '../stubs');
/** What CDKTF wrote first. */
export const FIRST_K3S = 'v1.34.3+k3s1';
export const BUCKET = 'smartscale-shop-bucket';
export const PREFIX = '/smartscale/shop/';

/** What answers the machine. */
export interface Around {
  readonly imds: string;
  readonly ssm: string;
  readonly kubernetes: string;
}

export interface Run {
  readonly code: number | null;
  readonly said: readonly string[];
}

export type Role = 'server' | 'worker';

/** A machine: a folder as its root, stubs for what it does not have, and a folder as S3. Scripts run as they are. */
export class Sandbox {
  readonly root: string;
  readonly s3: string;
  private readonly folder: string;

  constructor(private readonly around: Around) {
    this.folder = mkdtempSync(join(tmpdir(), 'smartscale-host-'));
    this.root = join(this.folder, 'root');
    this.s3 = join(this.folder, 's3');
    for (const name of ['root', 'logs', 'bin', 'tmp']) mkdirSync(join(this.folder, name));
    const release = join(this.s3, BUCKET, 'release');
    cpSync(join(REPOSITORY, 'k3s'), join(release, 'k3s'), { recursive: true });
    cpSync(
      join(REPOSITORY, 'prometheus-rules/smartscale.rules.yaml'),
      join(release, 'prometheus-rules/smartscale.rules.yaml'),
    );
    writeFileSync(join(release, 'webhook.js'), '// the webhook\n');
    // What is simple is not worth the start of a Node.
    this.program(
      'aws',
      `. ${join(STUBS, 'down.sh')}\n. ${join(STUBS, 'aws.sh')}\nexec node ${join(STUBS, 'aws.cjs')} "$@"`,
    );
    this.systemctl();
    this.program('journalctl', `. ${join(STUBS, 'journalctl.sh')}`);
    for (const name of ['getent', 'useradd', 'chown', 'chgrp', 'modprobe']) this.program(name, 'exit 0');
    this.program(
      'install',
      'for it; do shift; [ "$it" = -g ] && skip=1 && continue; [ -n "$skip" ] && skip= && continue; set -- "$@" "$it"; done; exec /usr/bin/install "$@"',
    );
    this.packNode();
    this.offerK3s(FIRST_K3S);
  }

  /** Writes down what the release is, as CDKTF does; its checksum is for SSM. */
  sign(): string {
    const release = join(this.s3, BUCKET, 'release');
    const files = readdirSync(release, { recursive: true, encoding: 'utf8' })
      .filter((path) => path !== CHECKSUMS && statSync(join(release, path)).isFile())
      .map((path) => ({ path, source: join(release, path) }));
    writeFileSync(join(release, CHECKSUMS), checksumList(files));
    return sha256(checksumList(files));
  }

  /** A release of K3s to be fetched from now on, in its place on the internet; gives its checksum. A broken one never runs. */
  offerK3s(version: string, { broken = false } = {}): string {
    const from = `export SANDBOX_K3S=${version} SANDBOX_K3S_BROKEN=${broken ? 'yes' : ''}`;
    const text = `#!/bin/sh\n${from}\n. ${join(STUBS, 'k3s.sh')}\nexec node ${join(STUBS, 'k3s.cjs')} "$@"\n`;
    writeFileSync(join(this.folder, 'k3s'), text, { mode: 0o755 });
    return sha256(text);
  }

  /** Runs the user data of that role as cloud-init does: the settings below the first line. */
  async boot(role: Role, settings: Readonly<Record<string, string>> = {}): Promise<Run> {
    const [interpreter = '', ...rest] = readFileSync(join(REPOSITORY, `k3s/${role}/bootstrap.sh`), 'utf8').split('\n');
    const header = Object.entries({ ...this.settings(role), ...settings }).map(
      ([name, value]) => `export ${name}='${value}'`,
    );
    const file = join(this.root, 'var/lib/cloud/instance/user-data.txt');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, [interpreter, ...header, ...rest].join('\n'), { mode: 0o755 });
    return this.run(file, [], settings);
  }

  /** Runs a script of the release on the server, as a person would there. */
  script(name: string, ...args: readonly string[]): Promise<Run> {
    return this.run(join(this.root, 'opt/smartscale/release/k3s/server', name), args, {});
  }

  /** Starts a unit, as its timer would. */
  unit(name: string, settings: Readonly<Record<string, string>> = {}): Promise<Run> {
    const file = join(this.folder, 'start-unit');
    writeFileSync(file, `systemctl start ${name}\n`);
    return this.run(file, [], settings);
  }

  /** The file of the machine; '' if there is none. */
  file(path: string): string {
    return this.exists(path) ? readFileSync(join(this.root, path), 'utf8') : '';
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  mode(path: string): string {
    return (statSync(join(this.root, path)).mode & 0o777).toString(8);
  }

  /** What programs were called with, one a line: what everybody on the machine could read. */
  commands(): readonly string[] {
    return this.log('commands')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** What kubectl was given, what units wrote. */
  log(name: 'commands' | 'applied.yaml' | 'journal'): string {
    return existsSync(this.logs(name)) ? readFileSync(this.logs(name), 'utf8') : '';
  }

  /** What people were told, and what went to the log group. */
  told(): readonly Readonly<Record<string, unknown>>[] {
    const lines = existsSync(this.logs('told')) ? readFileSync(this.logs('told'), 'utf8').split('\n') : [];
    return lines.filter(Boolean).map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }

  /** Files that scripts left behind where they work. */
  leftOver(): readonly string[] {
    return readdirSync(join(this.folder, 'tmp'));
  }

  /** What a stub is to find; null: no more. */
  write(name: 'workers' | 'budget' | 'waiting' | 'journal.json' | 'dark', text: string | null): void {
    if (text === null) rmSync(this.logs(name));
    else writeFileSync(this.logs(name), text);
  }

  /** From now on a restart of that unit is a request to `url`, and has failed when that is not answered with 200. */
  onRestartOf(unit: string, url: string): void {
    this.systemctl(`[ "$*" != 'restart ${unit}' ] || curl --silent --fail --max-time 60 ${url} || exit 1`);
  }

  private systemctl(first = ''): void {
    const stub = `. ${join(STUBS, 'down.sh')}\n. ${join(STUBS, 'systemctl.sh')}\nexec node ${join(STUBS, 'systemctl.cjs')} "$@"`;
    this.program('systemctl', `${first}\n${stub}`);
  }

  program(name: string, text: string): void {
    writeFileSync(join(this.folder, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(this.folder, 'bin', name), 0o755);
  }

  /** Null: it is the system's. */
  programText(name: string): string | null {
    const path = join(this.folder, 'bin', name);
    return existsSync(path) ? readFileSync(path, 'utf8').replace('#!/bin/sh\n', '') : null;
  }

  restore(name: string, text: string | null): void {
    if (text === null) rmSync(join(this.folder, 'bin', name));
    else this.program(name, text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private logs(name: string): string {
    return join(this.folder, 'logs', name);
  }

  private settings(role: Role): Record<string, string> {
    return {
      SMARTSCALE_CLUSTER: 'shop',
      SMARTSCALE_REGION: 'eu-central-1',
      SMARTSCALE_SSM_PREFIX: PREFIX,
      SMARTSCALE_BUCKET: BUCKET,
      ...(role === 'worker'
        ? {
            SMARTSCALE_POOL: 'workers',
            K3S_VERSION: FIRST_K3S,
            K3S_SHA256: checksum('sha256', join(this.folder, 'k3s')),
          }
        : { K3S_POD_CIDR: '10.42.0.0/16', K3S_SERVICE_CIDR: '10.43.0.0/16' }),
    };
  }

  /** Node as its package: what runs the tests, under another name. */
  private packNode(): void {
    const bin = join(this.folder, 'package/bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'node'), `#!/bin/sh\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
    execFileSync('tar', ['-czf', join(this.folder, 'node.tgz'), '-C', this.folder, 'package']);
  }

  private run(file: string, args: readonly string[], settings: Readonly<Record<string, string>>): Promise<Run> {
    const node = join(this.folder, 'node.tgz');
    const child = spawn('bash', [file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: down.sh ends it whole.
      detached: true,
      env: {
        PATH: `${join(this.folder, 'bin')}:${process.env['PATH']}`,
        HOME: this.folder,
        TMPDIR: join(this.folder, 'tmp'),
        SMARTSCALE_ROOT: this.root,
        SMARTSCALE_IMDS: this.around.imds,
        SMARTSCALE_TRIES: '2',
        SMARTSCALE_PAUSE_SECONDS: '0',
        SMARTSCALE_JOIN_SECONDS: '1',
        SMARTSCALE_READY_SECONDS: '1',
        SMARTSCALE_PLACE_SECONDS: '1',
        SMARTSCALE_K3S_URL: `file://${join(this.folder, 'k3s')}`,
        // The webhook as curl finds it: systemctl makes the folder when it starts one that is not broken.
        SMARTSCALE_WEBHOOK: `file://${join(this.folder, 'webhook')}`,
        SMARTSCALE_NODE_URL: `file://${node}`,
        SMARTSCALE_NODE_SHA512: checksum('sha512', node),
        SANDBOX_SSM: this.around.ssm,
        SANDBOX_S3: this.s3,
        SANDBOX_KUBERNETES: this.around.kubernetes,
        SANDBOX_LOGS: join(this.folder, 'logs'),
        SANDBOX_WEBHOOK: join(this.folder, 'webhook'),
        SANDBOX_YAML: require.resolve('yaml'),
        ...settings,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, said: output.split('\n').filter((line) => line !== '') }));
    });
  }
}

function checksum(algorithm: string, file: string): string {
  return createHash(algorithm).update(readFileSync(file)).digest('hex');
}
