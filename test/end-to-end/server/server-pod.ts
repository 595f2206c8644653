import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { Binaries } from '../../../simulator/monitoring/binaries';
import { ServerProcess } from '../../../simulator/monitoring/server-process';
import type { Container, PodSpec } from '../../k3s/support/manifests';
import { argumentHere, fileHere, type Here } from './here';
import { ProjectedVolume } from './projected-volume';

export type Program = 'prometheus' | 'alertmanager';
type Files = Readonly<Record<string, string>>;

/** What K3s has now. */
export interface ClusterObjects {
  configMap(name: string): Files;
  secret(name: string): Files;
}

export interface ServerPodSettings {
  readonly name: Program;
  readonly spec: PodSpec;
  readonly here: Here;
  readonly objects: ClusterObjects;
  readonly binaries: Binaries;
  /** Where its folders are made. */
  readonly workDir: string;
  /** The root of the machine: folders of the host are below it. */
  readonly hostRoot: string;
}

/** How often the reload container looks, seconds: five on a server. */
const RELOAD_SECONDS = '0.3';

/** A pod as its manifest says: what it mounts is below one folder, its containers are processes that see that folder as /. */
export class ServerPod {
  readonly program: ServerProcess;
  private readonly reload: ServerProcess;
  private readonly root: string;
  private readonly volumes = new Map<string, ProjectedVolume>();

  constructor(private readonly settings: ServerPodSettings) {
    const { name, spec, binaries, workDir } = settings;
    this.root = join(workDir, 'pods', name);
    for (const container of spec.containers) this.mount(container);
    const [main, reload] = [name, 'reload'].map((it) => spec.containers.find((container) => container.name === it));
    if (!main || !reload) throw new Error(`the pod ${name} has no container of that name, or none that reloads`);
    this.program = this.processOf(main, binaries[name]);
    this.reload = this.reloadOf(reload, binaries[name]);
  }

  async start(): Promise<void> {
    this.refresh();
    await this.program.start();
    // Its looks are closer together than on a server, and a program starts no faster.
    await this.reload.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.program.stop(), this.reload.stop()]);
  }

  /** What the kubelet does within two minutes of a change. */
  refresh(): void {
    const { spec, objects, here } = this.settings;
    for (const { name, configMap, secret } of spec.volumes ?? []) {
      if (configMap) this.show(name, objects.configMap(configMap.name), (file, text) => fileHere(file, text, here));
      if (secret) this.show(name, objects.secret(secret.secretName), (_file, text) => text);
    }
  }

  private show(volume: string, files: Files, change: (file: string, text: string) => string): void {
    const here = Object.entries(files).map(([file, text]) => [file, this.rooted(change(file, text))]);
    this.volumes.get(volume)?.show(Object.fromEntries(here) as Files);
  }

  private mount({ volumeMounts = [] }: Container): void {
    for (const { name, mountPath } of volumeMounts) {
      const folder = join(this.root, mountPath);
      const hostPath = this.settings.spec.volumes?.find((volume) => volume.name === name)?.hostPath;
      if (this.volumes.has(name)) continue;
      if (!hostPath) this.volumes.set(name, new ProjectedVolume(folder));
      else {
        mkdirSync(dirname(folder), { recursive: true });
        symlinkSync(join(this.settings.hostRoot, hostPath.path), folder);
      }
    }
  }

  private processOf({ args = [], ports = [] }: Container, program: string): ServerProcess {
    const { name, here, binaries, workDir } = this.settings;
    const address = here.addresses[name];
    const listens = `--web.listen-address=:${ports[0]?.containerPort}`;
    return new ServerProcess({
      name,
      program,
      args: [
        ...args.map((it) => this.rooted(argumentHere(it === listens ? `--web.listen-address=${address}` : it, here))),
        '--log.level=warn',
        // Prometheus' own throttle: see simulator/monitoring/servers.ts.
        ...(name === 'prometheus' ? ['--scrape.discovery-reload-interval=100ms'] : []),
      ],
      url: `https://${address}`,
      isReady: () => isOpen(address),
      logFile: join(workDir, `${name}.log`),
      runIn: binaries.runIn,
    });
  }

  /** In a process namespace of its own `pidof` finds the pod's processes only; here they are told by the pod's folder. */
  private reloadOf({ command = [] }: Container, program: string): ServerProcess {
    const bin = join(this.root, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(
      join(bin, 'pidof'),
      `#!/bin/sh
[ "$1" = ${this.settings.name} ] || exit 1
for process in /proc/[0-9]*; do
  case $(tr '\\0' ' ' <"$process/cmdline") in "${program} "*"=${this.root}/"*) echo "\${process#/proc/}" && exit ;; esac
done 2>/dev/null
exit 1
`,
    );
    chmodSync(join(bin, 'pidof'), 0o755);
    const path = `PATH=${bin}:${process.env['PATH'] ?? ''}`;
    return new ServerProcess({
      name: `${this.settings.name}/reload`,
      program: 'env',
      args: [path, `RELOAD_SECONDS=${RELOAD_SECONDS}`, ...command.map((it) => this.rooted(it))],
      url: '',
      isReady: () => Promise.resolve(true),
      logFile: join(this.settings.workDir, `${this.settings.name}-reload.log`),
      runIn: this.root,
    });
  }

  /** With every path that something is mounted at below the folder of the pod. */
  private rooted(text: string): string {
    const mounts = this.settings.spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
    const paths = mounts.map(({ mountPath }) => mountPath).join('|');
    return text.replaceAll(new RegExp(`(?<=^|[=\\s'"])(${paths})(?=$|[/\\s'",}])`, 'gm'), `${this.root}$1`);
  }
}

/** As the readiness probe of the manifest: somebody takes the connection. */
function isOpen(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
