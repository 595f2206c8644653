import type { IncomingMessage, RequestListener } from 'node:http';
import { ZodError } from 'zod';
import { Ec2Error } from './ec2/ec2-error';
import type { World } from './world';
import { isWorldActionKind, parseWorldAction, WORLD_ACTIONS } from './world-action';
import { NoSuchThing } from './world-perform';
import { describeWorld } from './world-state';

const LARGEST_BODY = 64 * 1024;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** GET /admin/state; POST /admin/<action> with the action's fields as JSON. Answers JSON, `{error}` when it refuses. */
export function adminHandler(world: World): RequestListener {
  return (request, response) => {
    replyTo(request, world)
      .catch(refusal)
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
      })
      // What fails here is a connection that the client gave up.
      .catch(() => response.destroy());
  };
}

async function replyTo(request: IncomingMessage, world: World): Promise<Reply> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (request.method === 'GET' && path === '/admin/state') return { status: 200, body: describeWorld(world) };
  const kind = path.replace(/^\/admin\//, '');
  if (request.method !== 'POST' || !isWorldActionKind(kind)) {
    const paths = Object.keys(WORLD_ACTIONS).map((action) => `POST /admin/${action}`);
    return { status: 404, body: { error: `no such route; there are GET /admin/state, ${paths.join(', ')}` } };
  }
  const action = parseWorldAction(kind, JSON.parse(await bodyOf(request)) as unknown);
  world.perform(action);
  return { status: 200, body: action };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new SyntaxError(`the body is larger than ${LARGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8') || '{}';
}

function refusal(error: unknown): Reply {
  if (error instanceof NoSuchThing) return { status: 404, body: { error: error.message } };
  if (error instanceof Ec2Error) return { status: 400, body: { error: `${error.code}: ${error.message}` } };
  if (error instanceof SyntaxError) return { status: 400, body: { error: error.message } };
  if (error instanceof ZodError) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
    return { status: 400, body: { error: problems.join('; ') } };
  }
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
}
