import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { errorAnswer } from './answer';
import { ApiError } from '../api-error';
import type { ApiRequest, ApiResponse } from './api-types';
import type { KubeApi } from './kube-api';

/** As the real server limits a body, bytes. */
const LARGEST_BODY = 3 * 2 ** 20;

export interface KubeServer {
  /** http://127.0.0.1:port */
  readonly url: string;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Plain HTTP on loopback; port 0 takes a free one. Rejects when the port is taken. */
export async function startKubeServer(api: KubeApi, port = 0): Promise<KubeServer> {
  const server = createServer((request, response) => receive(api, request, response));
  server.on('clientError', refuseGarbage);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closed(server),
  };
}

/**
 * A request that announces no body is answered at once and without one. So a client that writes the body of a DELETE
 * without announcing it loses what stands in it, and finds a 400 for the left-over bytes on the connection afterwards.
 */
function receive(api: KubeApi, request: IncomingMessage, response: ServerResponse): void {
  const announced = request.headers['content-length'] ?? request.headers['transfer-encoding'];
  if (announced === undefined) {
    send(response, api.handle(apiRequest(request, '')));
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LARGEST_BODY) chunks.push(chunk);
  });
  request.on('end', () => {
    if (size > LARGEST_BODY) send(response, errorAnswer(tooLarge()));
    else send(response, api.handle(apiRequest(request, Buffer.concat(chunks).toString())));
  });
}

function apiRequest({ method = 'GET', url = '/', headers }: IncomingMessage, body: string): ApiRequest {
  const single = Object.entries(headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value[0] : value] as const,
  );
  return { method, url, headers: Object.fromEntries(single), body };
}

function send(response: ServerResponse, answer: ApiResponse | null): void {
  if (answer === null) {
    response.socket?.destroy();
    return;
  }
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.status, { ...answer.headers, 'content-length': length }).end(answer.body);
}

function tooLarge(): ApiError {
  const message = `Request entity too large: limit is ${LARGEST_BODY}`;
  return new ApiError({ code: 413, reason: 'RequestEntityTooLarge', message, details: {} });
}

/** In the words of Go's server. */
function refuseGarbage(_error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const headers = 'Content-Type: text/plain; charset=utf-8\r\nConnection: close';
  socket.end(`HTTP/1.1 400 Bad Request\r\n${headers}\r\n\r\n400 Bad Request`);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
