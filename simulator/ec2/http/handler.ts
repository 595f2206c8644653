import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ec2Cloud } from '../ec2-cloud';
import { Ec2Error } from '../ec2-error';
import type { Trouble } from '../request-gate';
import { type Answer, answer, errorAnswer } from './answer';
import { QueryParams } from './query-params';

const LARGEST_BODY = 1024 * 1024;

/** A node:http request listener that speaks EC2's query protocol for the cloud. Signatures are not checked. */
export function ec2Handler(cloud: Ec2Cloud): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    // What fails here is a connection that the client gave up.
    handle(cloud, request, response).catch(() => response.destroy());
  };
}

async function handle(cloud: Ec2Cloud, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  if (body === null) {
    send(response, errorAnswer(new Ec2Error('RequestEntityTooLarge', 'The request is larger than 1 MiB.', 413)));
    return;
  }
  const params = QueryParams.parse(body);
  const trouble = cloud.gate.admit(params.text('Action') ?? '', params.flat(), cloud.now());
  if (trouble) await play(trouble, cloud, params, response);
  else send(response, answer(cloud, params));
}

async function play(trouble: Trouble, cloud: Ec2Cloud, params: QueryParams, response: ServerResponse): Promise<void> {
  switch (trouble.kind) {
    case 'fail':
      send(response, errorAnswer(trouble.error));
      return;
    case 'lose-reply':
      answer(cloud, params);
      break;
    case 'hang':
      await trouble.released;
      break;
    case 'unreachable':
      break;
  }
  response.destroy();
}

/** null when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY) chunks.push(chunk);
  }
  return size > LARGEST_BODY ? null : Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, requestId, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId });
  response.end(body);
}
