import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLoopbackServer, type LoopbackServer } from '../../../simulator/loopback-server';
import { WebhookProcess } from '../../../simulator/stage/webhook-process';
import { loadCredentials } from '../../k3s/support/load-credentials';
import type { Machine } from '../../k3s/support/machine';
import { addressed, type Addresses } from './here';

export interface WebhookUnitSettings {
  readonly machine: Machine;
  readonly addresses: Addresses;
  /** Where K3s would be. */
  readonly kubernetesUrl: string;
  readonly ec2Url: string;
  readonly storeUrl: string;
  readonly workDir: string;
}

const UNIT = 'smartscale.service';

interface Rendered {
  readonly listen: object;
  readonly clusters: Readonly<Record<string, { readonly kubernetes: object }>>;
}

/** The unit of the webhook: what systemd does for it, with the process that the tests know. Scripts of the server restart it. */
export class WebhookUnit {
  readonly process: WebhookProcess;
  private readonly folder: string;
  private systemd: LoopbackServer | null = null;

  constructor(private readonly settings: WebhookUnitSettings) {
    const { workDir, ec2Url, storeUrl } = settings;
    this.folder = join(workDir, 'credentials');
    this.process = new WebhookProcess({
      configFile: join(workDir, 'smartscale.yaml'),
      environment: {
        AWS_ENDPOINT_URL: ec2Url,
        AWS_ENDPOINT_URL_DYNAMODB: storeUrl,
        AWS_ACCESS_KEY_ID: 'simulated',
        AWS_SECRET_ACCESS_KEY: 'simulated',
      },
    });
  }

  /** Starts it, and has `systemctl restart` of the sandbox restart it from now on: the script waits, and hears of a failure. */
  async start(): Promise<void> {
    await this.restart();
    this.systemd = await startLoopbackServer((_request, response) => {
      this.restart().then(
        () => response.end(),
        () => response.writeHead(500).end(),
      );
    });
    this.settings.machine.sandbox.onRestartOf(UNIT, this.systemd.url);
  }

  async stop(): Promise<void> {
    await this.systemd?.close();
    await this.process.stop();
  }

  private async restart(): Promise<void> {
    const { machine, workDir } = this.settings;
    await this.process.stop();
    loadCredentials(machine.sandbox, UNIT, this.folder);
    const rendered = machine.sandbox.file('/etc/smartscale/smartscale.yaml');
    writeFileSync(join(workDir, 'smartscale.yaml'), this.configurationHere(rendered));
    await this.process.start();
  }

  /** Other are only addresses and folders: K3s is simulated and speaks plain HTTP, and nothing listens beyond loopback. */
  private configurationHere(rendered: string): string {
    const { machine, addresses, kubernetesUrl } = this.settings;
    const text = addressed(rendered, addresses)
      .replaceAll('/run/credentials/smartscale.service', this.folder)
      .replaceAll('/var/lib/smartscale-credential', join(machine.sandbox.root, 'var/lib/smartscale-credential'));
    const { listen, clusters, ...rest } = JSON.parse(text) as Rendered;
    const [host, port] = addresses.smartscale.split(':');
    return JSON.stringify({
      ...rest,
      listen: { ...listen, host, port: Number(port) },
      clusters: Object.fromEntries(
        Object.entries(clusters).map(([name, cluster]) => [
          name,
          { ...cluster, kubernetes: { ...cluster.kubernetes, server: kubernetesUrl } },
        ]),
      ),
    });
  }
}
