import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ec2Cloud } from '../ec2-cloud';
import { Ec2Error } from '../ec2-error';
import type { Trouble } from '../request-gate';
import { quotasCall } from '../../service-quotas/quotas-call';
import { type Answer, answer, errorAnswer } from './answer';
import type { Call } from './call';
import { QueryParams } from './query-params';

const LARGEST_BODY = 1024 * 1024;

/**
 * A node:http request listener that speaks EC2's query protocol for the cloud, and the JSON protocol of Service Quotas,
 * which says in a header what it wants. Signatures are not checked.
 */
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
  const target = request.headers['x-amz-target'];
  const call = typeof target === 'string' ? quotasCall(cloud, target, body) : ec2Call(cloud, body);
  const trouble = cloud.gate.admit(call.action, call.params, cloud.now());
  if (trouble) await play(trouble, call, response);
  else send(response, call.answer());
}

function ec2Call(cloud: Ec2Cloud, body: string): Call {
  const params = QueryParams.parse(body);
  return {
    action: params.text('Action') ?? '',
    params: params.flat(),
    answer: () => answer(cloud, params),
    failed: errorAnswer,
  };
}

async function play(trouble: Trouble, call: Call, response: ServerResponse): Promise<void> {
  switch (trouble.kind) {
    case 'fail':
      send(response, call.failed(trouble.error));
      return;
    case 'lose-reply':
      call.answer();
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

function send(response: ServerResponse, { status, requestId, contentType, body }: Answer): void {
  response.writeHead(status, { 'content-type': contentType, 'x-amzn-requestid': requestId });
  response.end(body);
}
