/** The Kubernetes client with what it lacks: one kept connection pool, a time limit a call, and a token file that may change. */
import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import type { AgentOptions } from 'node:https';
import { Agent as HttpsAgent } from 'node:https';
import type { Configuration, Middleware, RequestContext, SecurityAuthentication } from '@kubernetes/client-node';
import { CoreV1Api, createConfiguration, KubeConfig, ServerConfiguration, VersionApi } from '@kubernetes/client-node';
import { SmartScaleError } from '../../errors';
import { makePageReader, type PageReader } from './page-reader';

/** Where the API server is: named directly (in the cluster, or the simulator over plain http), or by a kubeconfig file. */
export type KubernetesEndpoint =
  { readonly server: string; readonly caFile?: string; readonly tokenFile?: string } | { readonly kubeconfig: string };

/** Below the 90 s after which an API server closes an idle connection: none is reused that is just being closed. */
const IDLE_MS = 30_000;

export interface KubernetesClient {
  readonly core: CoreV1Api;
  /** For what is long: over the same connections, with the same credentials. */
  readonly pages: PageReader;
}

/** The client has no time limit of its own: `timeoutMs` bounds each request, its answer's body included. */
export function makeClient(endpoint: KubernetesEndpoint, timeoutMs: number): KubernetesClient {
  const configuration = configurationOf(endpoint, timeoutMs);
  return { core: new CoreV1Api(configuration), pages: makePageReader(configuration) };
}

/** Asks which version the API server is. */
export function makeVersionClient(endpoint: KubernetesEndpoint, timeoutMs: number): VersionApi {
  return new VersionApi(configurationOf(endpoint, timeoutMs));
}

export function configurationOf(endpoint: KubernetesEndpoint, timeoutMs: number): Configuration {
  const kubeConfig = new KubeConfig();
  if ('kubeconfig' in endpoint) kubeConfig.loadFromFile(endpoint.kubeconfig);
  else kubeConfig.loadFromClusterAndUser(clusterOf(endpoint), { name: 'smartscale' });
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('The kubeconfig names no current cluster; set current-context.');
  const tokenFile = 'tokenFile' in endpoint ? endpoint.tokenFile : undefined;
  return createConfiguration({
    baseServer: new ServerConfiguration(server.replace(/\/+$/, ''), {}),
    authMethods: { default: new PooledAuthentication(kubeConfig, tokenFile) },
    promiseMiddleware: [timeLimit(timeoutMs)],
  });
}

function clusterOf({ server, caFile }: { readonly server: string; readonly caFile?: string }) {
  return {
    name: 'cluster',
    server,
    // Nothing to verify on plain http, and the client refuses it unless told so.
    skipTLSVerify: server.startsWith('http:'),
    ...(caFile !== undefined && { caFile }),
  };
}

/** The client makes an agent, hence a TCP and a TLS handshake, for every call; here equal TLS settings share one. */
class PooledAuthentication implements SecurityAuthentication {
  private pool: { readonly settings: string; readonly agent: HttpAgent } | undefined;

  constructor(
    private readonly kubeConfig: KubeConfig,
    private readonly tokenFile: string | undefined,
  ) {}

  getName(): string {
    return 'pooled';
  }

  async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await this.kubeConfig.applySecurityAuthentication(context);
    const agent = context.getAgent();
    if (agent !== undefined) context.setAgent(this.pooled(agent));
    if (this.tokenFile !== undefined)
      context.setHeaderParam('Authorization', `Bearer ${await readToken(this.tokenFile)}`);
  }

  private pooled(fresh: HttpAgent): HttpAgent {
    const settings = JSON.stringify(optionsOf(fresh));
    if (this.pool?.settings === settings) return this.pool.agent;
    // Calls under way keep their connection; what is idle goes.
    for (const sockets of Object.values(this.pool?.agent.freeSockets ?? {})) sockets?.forEach((each) => each.destroy());
    const agent = keptAlive(fresh);
    this.pool = { settings, agent };
    return agent;
  }
}

/** Documented for https agents only; http agents have it too. */
function optionsOf(agent: HttpAgent): AgentOptions {
  return (agent as HttpAgent & { readonly options: AgentOptions }).options;
}

/** A proxy's agent stays as it is. */
function keptAlive(fresh: HttpAgent): HttpAgent {
  const options = { ...optionsOf(fresh), keepAlive: true, timeout: IDLE_MS };
  if (Object.getPrototypeOf(fresh) === HttpsAgent.prototype) return new HttpsAgent(options);
  return Object.getPrototypeOf(fresh) === HttpAgent.prototype ? new HttpAgent(options) : fresh;
}

/** Read at each call: the kubelet replaces a projected token every hour, and an expired one is a 401. */
async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new SmartScaleError('kubernetes-unreachable', `cannot read the token file ${file}`, { cause });
  }
}

function timeLimit(ms: number): Middleware {
  return {
    pre: (context) => {
      context.setSignal(AbortSignal.timeout(ms));
      return Promise.resolve(context);
    },
    post: (context) => Promise.resolve(context),
  };
}
