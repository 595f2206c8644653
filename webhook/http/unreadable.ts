import type { Duplex } from 'node:stream';
import { ERRORS } from '../errors';

/** What Node refuses before there is a request to answer, in the words of the catalogue and not without any. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, advice } = ERRORS['bad-http'];
  const message = REFUSALS[error.code ?? ''] ?? 'this is no HTTP/1.1 that can be read';
  const body = JSON.stringify({ error: 'bad-http', message, advice });
  const head = [
    `HTTP/1.1 ${status} Bad Request`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Codes of errors of Node's parser. Source: nodejs.org/api/http.html#event-clienterror */
const REFUSALS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'the headers are larger than 16 kB',
  ERR_HTTP_REQUEST_TIMEOUT: 'the request took too long to arrive',
};
