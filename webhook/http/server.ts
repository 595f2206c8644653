import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { readCertificate, type CertificateFiles } from '../config/certificate';
import { RenewedCertificate, type CertificateEvents } from './renewed-certificate';
import { refuseUnreadable } from './unreadable';

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /**
   * Accepts nothing more, lets the requests under way end, and after `graceMs` milliseconds cuts what is left.
   * Resolves when every connection is closed.
   */
  close(graceMs: number): Promise<void>;
}

/** Longer than a scrape interval and a flush of Alertmanager, so that both keep their connection. Milliseconds. */
const KEEP_ALIVE = 65_000;
/** Who takes longer to send headers, or a request of a megabyte, holds a connection for nothing. Milliseconds. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;

const OPTIONS: ServerOptions = {
  keepAliveTimeout: KEEP_ALIVE,
  headersTimeout: HEADERS_TIMEOUT,
  requestTimeout: REQUEST_TIMEOUT,
  // Who leaves it out would be refused without a word; we serve one host.
  requireHostHeader: false,
};

export interface Listening {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Absent: plain HTTP. Files that change are read again; `certificate` hears of it. */
  readonly tls?: CertificateFiles;
}

const UNHEARD: CertificateEvents = { renewed: () => undefined, refused: () => undefined };

/** Rejects with the error of the system, such as EADDRINUSE, or says what is wrong with the certificate. */
export async function startServer(
  app: RequestListener,
  { host, port, tls }: Listening,
  certificate: CertificateEvents = UNHEARD,
): Promise<RunningServer> {
  const server = tls ? secureServer(app, tls, certificate) : createServer(OPTIONS, app);
  const underWay = trackResponses(server);
  // An expectation that nobody knows may be passed over; Node would refuse it without a word.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('clientError', (error, socket) => {
    if (isBeingAnswered(socket, underWay)) socket.destroy();
    else refuseUnreadable(error, socket);
  });
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    host: address.address,
    port: address.port,
    url: `${tls ? 'https' : 'http'}://${shownHost}:${address.port}`,
    close: (graceMs) => close(server, underWay, graceMs),
  };
}

/** A renewed certificate is shown to whoever connects next; connections that are open stay as they are. */
function secureServer(app: RequestListener, files: CertificateFiles, events: CertificateEvents): Server {
  const renewed = new RenewedCertificate(files, events);
  const server = createSecureServer({ ...OPTIONS, ...readCertificate(files) }, app);
  // Before the handshake, which is a listener of this event too.
  server.prependListener('connection', () => {
    const certificate = renewed.take();
    if (certificate) server.setSecureContext(certificate);
  });
  // Whoever does not get as far as HTTP understands no answer in it.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function trackResponses(server: Server): ReadonlySet<ServerResponse> {
  const underWay = new Set<ServerResponse>();
  // Before the application: a response that it ends at once must be known.
  server.prependListener('request', (_request, response) => {
    underWay.add(response);
    if (!server.listening) response.setHeader('Connection', 'close');
    response.once('close', () => underWay.delete(response));
  });
  return underWay;
}

/** A second answer in the middle of the first would be read as a part of it. */
function isBeingAnswered(socket: Duplex, underWay: ReadonlySet<ServerResponse>): boolean {
  return [...underWay].some((response) => response.socket === socket && response.headersSent);
}

async function close(server: Server, underWay: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // Else a kept connection whose request ends now would stay open for the keep-alive time.
  for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close');
  const patience = new AbortController();
  const tooLong = delay(graceMs, undefined, { signal: patience.signal })
    .then(() => server.closeAllConnections())
    .catch(() => undefined);
  await closed;
  patience.abort();
  await tooLong;
}
