/** dynalite knows no UpdateTimeToLive, and calls TTL disabled whatever one does. The setting is kept here; nothing expires. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';

interface Specification {
  readonly AttributeName: string;
  readonly Enabled: boolean;
}

/** Answers UpdateTimeToLive, and DescribeTimeToLive where it is enabled; everything else is `handle`'s. */
export function withTimeToLive(handle: RequestListener): RequestListener {
  const attributes = new Map<string, string>();
  const answer = async (operation: string, request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request);
    const { TableName, TimeToLiveSpecification } = JSON.parse(body.toString()) as {
      TableName: string;
      TimeToLiveSpecification?: Specification;
    };
    const attribute = attributes.get(TableName);
    if (operation === 'DescribeTimeToLive') {
      if (attribute === undefined) return handle(replayed(request, body), response);
      const TimeToLiveDescription = { TimeToLiveStatus: 'ENABLED', AttributeName: attribute };
      return send(response, 200, { TimeToLiveDescription });
    }
    if (TimeToLiveSpecification?.Enabled === (attribute !== undefined)) {
      const message = `TimeToLive is already ${attribute === undefined ? 'disabled' : 'enabled'}`;
      return send(response, 400, { __type: 'com.amazon.coral.validate#ValidationException', message });
    }
    if (TimeToLiveSpecification?.Enabled) attributes.set(TableName, TimeToLiveSpecification.AttributeName);
    else attributes.delete(TableName);
    return send(response, 200, { TimeToLiveSpecification });
  };
  return (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    if (operation.endsWith('TimeToLive')) answer(operation, request, response).catch(() => response.destroy());
    else handle(request, response);
  };
}

/** The request once more, its body unread. */
function replayed({ headers, method, url }: IncomingMessage, body: Buffer): IncomingMessage {
  return Object.assign(Readable.from([body]), { headers, method, url }) as unknown as IncomingMessage;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}
