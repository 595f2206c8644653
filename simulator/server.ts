import { adminHandler } from './admin-handler';
import { startEc2Server } from './ec2/http/server';
import { exportersHandler } from './exporters/handler';
import type { AccessSettings } from './kubernetes/api/access';
import { startKubeServer } from './kubernetes/api/http-server';
import { KubeApi } from './kubernetes/api/kube-api';
import { imdsHandler } from './imds/imds-handler';
import { startLoopbackServer } from './loopback-server';
import type { Script } from './workload/script';
import type { WorldOptions } from './world';
import { World } from './world';

export interface SimulatorOptions extends Omit<WorldOptions, 'clock'> {
  /** Epoch milliseconds; the system's when absent. */
  readonly clock?: WorldOptions['clock'];
  /** Real milliseconds between two ticks; 50 when absent. 0 = none, somebody else calls `world.tick()`. */
  readonly tickMs?: number;
  /** Begins at once. */
  readonly script?: Script;
  /** Tokens of the Kubernetes API; without them everybody may do everything. */
  readonly kubernetesAccess?: AccessSettings;
}

/** Base URLs without a slash at the end, all on 127.0.0.1 and free ports. */
export interface SimulatorUrls {
  /** Endpoint for the EC2 client of the AWS SDK. */
  readonly ec2Url: string;
  /** Server of a kubeconfig. */
  readonly kubernetesUrl: string;
  /** With /sd/node-exporter, /sd/notices and /sd/kube-state-metrics for http_sd_configs. */
  readonly discoveryUrl: string;
  /** With /<instance id>, which is to that machine what http://169.254.169.254 is on EC2. */
  readonly imdsUrl: string;
  /** With GET /admin/state and POST /admin/<action>. */
  readonly adminUrl: string;
}

export interface Simulator extends SimulatorUrls {
  readonly world: World;
  readonly kubernetesApi: KubeApi;
  /** Stops time and closes all ports; open connections are broken. */
  readonly stop: () => Promise<void>;
}

/** Starts the world and its servers, and lets time pass. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { tickMs = 50, script, kubernetesAccess, clock = { now: () => Date.now() }, ...overrides } = options;
  const world = new World({ clock, ...overrides });
  if (script) world.play(script);
  const kubernetesApi = new KubeApi(world.cluster, kubernetesAccess);
  const servers = await Promise.all([
    startEc2Server(world.cloud),
    startKubeServer(kubernetesApi),
    startLoopbackServer(exportersHandler(world)),
    startLoopbackServer(adminHandler(world)),
    startLoopbackServer(imdsHandler(world.cloud)),
  ]);
  const [ec2, kubernetes, discovery, admin, imds] = servers;
  const ticking = tickMs > 0 ? setInterval(() => world.tick(), tickMs) : undefined;
  return {
    ec2Url: ec2.url,
    kubernetesUrl: kubernetes.url,
    discoveryUrl: discovery.url,
    adminUrl: admin.url,
    imdsUrl: imds.url,
    world,
    kubernetesApi,
    stop: async () => {
      clearInterval(ticking);
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
