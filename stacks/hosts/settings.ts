/** What a machine is told in its user data. Nothing here is secret: secrets come from SSM. */
import { checksumOf } from '../configuration/host-checks';
import type { StackConfiguration } from '../configuration';
import { namesOf } from '../names';
import type { Settings } from './user-data';

interface Where {
  readonly region: string;
  /** Name of the bucket. */
  readonly bucket: string;
}

function settings({ cluster }: StackConfiguration, { region, bucket }: Where): Settings {
  return {
    SMARTSCALE_CLUSTER: cluster,
    SMARTSCALE_REGION: region,
    SMARTSCALE_SSM_PREFIX: `${namesOf(cluster).parameters}/`,
    SMARTSCALE_BUCKET: bucket,
  };
}

/** Not its K3s: user data of a machine stays as it is, and that changes. */
export function serverSettings(configuration: StackConfiguration, where: Where): Settings {
  const { network } = configuration;
  return {
    ...settings(configuration, where),
    K3S_POD_CIDR: network.podCidr,
    K3S_SERVICE_CIDR: network.serviceCidr,
  };
}

/** What `k3s` of SSM says. */
export function serverRelease({ k3s, server }: StackConfiguration) {
  return { version: k3s.version, sha256: checksumOf(k3s, server.architecture) ?? '' };
}

export function workerSettings(configuration: StackConfiguration, pool: string, where: Where): Settings {
  const { k3s, pools } = configuration;
  const { architecture = 'x86_64', labels = {}, taints = [] } = pools[pool] ?? {};
  return {
    ...settings(configuration, where),
    K3S_VERSION: k3s.version,
    K3S_SHA256: checksumOf(k3s, architecture) ?? '',
    SMARTSCALE_POOL: pool,
    // Their letters need no quotes, in a shell or in YAML: node-terms.ts.
    SMARTSCALE_NODE_LABELS: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(),
    SMARTSCALE_NODE_TAINTS: taints.map(({ key, value = '', effect }) => `${key}=${value}:${effect}`).join(),
  };
}
