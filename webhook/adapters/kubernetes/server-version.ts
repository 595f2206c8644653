import { makeVersionClient, type KubernetesEndpoint } from './client';
import { toSmartScaleError } from './refusal';

const TIMEOUT_MS = 10_000;

/** As the API server says it, such as `v1.31.4+k3s1`. Rejects with SmartScaleError. */
export async function serverVersion(endpoint: KubernetesEndpoint, timeoutMs = TIMEOUT_MS): Promise<string> {
  try {
    return (await makeVersionClient(endpoint, timeoutMs).getCode()).gitVersion;
  } catch (error) {
    throw toSmartScaleError(error, 'ask for the version');
  }
}
