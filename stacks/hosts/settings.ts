/** What a machine is told in its user data. Nothing here is secret: secrets come from SSM. */
import { checksumOf } from '../configuration/host-checks';
import type { StackConfiguration } from '../configuration';
import type { Architecture } from '../configuration/architecture';
import { namesOf } from '../names';
import type { Settings } from './user-data';

interface Where {
  readonly region: string;
  /** Name of the bucket. */
  readonly bucket: string;
}

function settings(configuration: StackConfiguration, architecture: Architecture, { region, bucket }: Where): Settings {
  const { cluster, k3s } = configuration;
  return {
    SMARTSCALE_CLUSTER: cluster,
    SMARTSCALE_REGION: region,
    SMARTSCALE_SSM_PREFIX: `${namesOf(cluster).parameters}/`,
    SMARTSCALE_BUCKET: bucket,
    K3S_VERSION: k3s.version,
    K3S_SHA256: checksumOf(k3s, architecture) ?? '',
  };
}

export function serverSettings(configuration: StackConfiguration, where: Where): Settings {
  const { server, network } = configuration;
  return {
    ...settings(configuration, server.architecture, where),
    K3S_POD_CIDR: network.podCidr,
    K3S_SERVICE_CIDR: network.serviceCidr,
  };
}

export function workerSettings(configuration: StackConfiguration, pool: string, where: Where): Settings {
  const { architecture = 'x86_64', labels = {}, taints = [] } = configuration.pools[pool] ?? {};
  return {
    ...settings(configuration, architecture, where),
    SMARTSCALE_POOL: pool,
    // Their letters need no quotes, in a shell or in YAML: node-terms.ts.
    SMARTSCALE_NODE_LABELS: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(),
    SMARTSCALE_NODE_TAINTS: taints.map(({ key, value = '', effect }) => `${key}=${value}:${effect}`).join(),
  };
}
