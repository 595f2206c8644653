/** HTTP by the byte: what a client library would not send, and what it would hide of the answer. */
import { connect } from 'node:net';

export interface Sent {
  readonly pieces: readonly Buffer[];
  /** False: it promises more than it brings, and the sender closes its half of the connection. */
  readonly isWhole: boolean;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Null in answer to HEAD. */
  readonly body: string | null;
}

/** Real milliseconds; what is not answered by then is not answered. */
const PATIENCE = 20_000;

/** Resolves with the answer, or null when the connection was closed without one; rejects when neither happens. */
export function exchange(port: number, { pieces, isWhole }: Sent): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const toHead = pieces[0]?.toString('latin1', 0, 5) === 'HEAD ';
    let received = Buffer.alloc(0);
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`neither answered nor closed within ${PATIENCE} ms`)));
    socket.on('data', (part) => {
      received = Buffer.concat([received, part]);
      if (answerIn(received, toHead)) socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Who refuses early may close before everything was written: the answer counts all the same.
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(answerIn(received, toHead)));
    for (const piece of pieces) socket.write(piece);
    if (!isWhole) socket.end();
  });
}

/** Null while the answer is not there with all its body. */
function answerIn(bytes: Buffer, toHead: boolean): Answer | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (status === 100) return answerIn(bytes.subarray(end + 4), toHead);
  const headers = new Map(lines.map(headerOf));
  const body = bytes.subarray(end + 4);
  const length = toHead ? 0 : Number(headers.get('content-length') ?? 0);
  return body.length < length ? null : { status, headers, body: toHead ? null : body.toString() };
}

function headerOf(line: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
  return [name.toLowerCase(), value];
}

/** A POST of this body. */
export function postOf(path: string, body: Buffer, headers: readonly string[]): Buffer {
  const head = [`POST ${path} HTTP/1.1`, 'Host: smartscale', 'Connection: close', `Content-Length: ${body.length}`];
  return Buffer.concat([Buffer.from(`${[...head, ...headers].join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
