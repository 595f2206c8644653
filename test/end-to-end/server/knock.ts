import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';

export interface Knock {
  /** PEM; without it the authorities of the system. */
  readonly ca?: string;
  /** The name that the certificate must have. */
  readonly name?: string;
  /** The header Authorization, whole. */
  readonly authorization?: string;
  /** Sent as POST. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Serial number of the certificate that was shown; none: plain HTTP. */
  readonly serial?: string;
}

/** One request over a connection of its own. Rejects when the connection does not come about. */
export function knock(url: string, { ca, name, authorization, body }: Knock = {}): Promise<Answer> {
  const { protocol } = new URL(url);
  const options = {
    agent: false as const,
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(authorization && { authorization }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(ca && { ca }),
    ...(name && { servername: name }),
  };
  return new Promise((resolve, reject) => {
    let serial: string | undefined;
    const sent = (protocol === 'https:' ? request : plainRequest)(url, options, (response) => {
      const { statusCode: status = 0 } = response;
      text(response).then((answer) => resolve({ status, body: answer, ...(serial && { serial }) }), reject);
    });
    sent.on('socket', (socket) => {
      socket.once('secureConnect', () => {
        if (socket instanceof TLSSocket) serial = socket.getPeerCertificate().serialNumber;
      });
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The header of user and password. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
