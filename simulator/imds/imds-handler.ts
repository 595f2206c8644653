import type { IncomingMessage, RequestListener } from 'node:http';
import type { Ec2Cloud } from '../ec2/ec2-cloud';
import { seededRandom } from '../random';
import { metaData } from './meta-data';
import { SessionTokens } from './session-tokens';

const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN = 'x-aws-ec2-metadata-token';
const LONGEST_SECONDS = 21_600;

interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The instance metadata service, version 2 only, of all machines that run: `<url>/<instance id>` is to one machine what
 * http://169.254.169.254 is on EC2. Tokens live by the clock, whatever the time scale: they are protocol.
 */
export function imdsHandler(cloud: Ec2Cloud): RequestListener {
  const tokens = new SessionTokens(seededRandom(1));
  return (request, response) => {
    const { status, body = '', headers = {} } = replyTo(request, cloud, tokens);
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
  };
}

function replyTo(request: IncomingMessage, cloud: Ec2Cloud, tokens: SessionTokens): Reply {
  const [, machine = '', path = ''] = /^\/([^/]+)\/latest\/(.*)$/.exec(request.url ?? '') ?? [];
  const instance = cloud.instances.find(({ id, state }) => id === machine && state === 'running');
  if (instance === undefined) return { status: 404 };
  if (path === 'api/token') return tokenFor(machine, request, cloud.now(), tokens);
  if (request.method !== 'GET') return { status: 405 };
  if (!tokens.holds(headerOf(request, TOKEN), machine, cloud.now())) return { status: 401 };
  const text = metaData(path.replace(/^meta-data\//, ''), instance);
  return text === null ? { status: 404 } : { status: 200, body: text };
}

/** A request that came through a proxy gets none. */
function tokenFor(machine: string, request: IncomingMessage, now: number, tokens: SessionTokens): Reply {
  if (request.method !== 'PUT') return { status: 405 };
  if ('x-forwarded-for' in request.headers) return { status: 403 };
  const seconds = Number(headerOf(request, TTL));
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_SECONDS) return { status: 400 };
  return { status: 200, body: tokens.issue(machine, seconds, now), headers: { [TTL]: String(seconds) } };
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}
