/** A real HTTP server that answers with what it was told, and remembers what it was asked. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  /** Path and query, decoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `hang`: no answer; `stall`: a beginning and no end; `reset`: the connection is cut. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  | 'hang'
  | 'stall'
  | 'reset';

const TLS_FOLDER = join(__dirname, '../fixtures/tls');
/** Of the server when it speaks TLS; its own authority. */
export const CERTIFICATE_FILE = join(TLS_FOLDER, 'certificate.pem');

export class ScriptedServer {
  readonly asked: Asked[] = [];
  connections = 0;
  private readonly inOrder: Answer[] = [];
  private readonly always: { readonly part: string; readonly answer: Answer }[] = [];
  private readonly server;

  private constructor(private readonly scheme: 'http' | 'https') {
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.answer(request, response);
    this.server =
      scheme === 'http'
        ? createServer(listener)
        : createSecureServer(
            { key: readFileSync(join(TLS_FOLDER, 'key.pem')), cert: readFileSync(CERTIFICATE_FILE) },
            listener,
          );
    this.server.on('connection', () => this.connections++);
  }

  static async start(scheme: 'http' | 'https' = 'http'): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(scheme);
    await new Promise<void>((resolve) => scripted.server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** One request each, in this order. */
  willAnswer(...answers: readonly Answer[]): this {
    this.inOrder.push(...answers);
    return this;
  }

  /** Every request whose decoded URL contains `part`. */
  alwaysAnswers(part: string, answer: Answer): this {
    this.always.push({ part, answer });
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const url = decodeURIComponent((request.url ?? '').replaceAll('+', ' '));
    this.asked.push({ method, url, headers, body: await text(request) });
    const next = this.always.find(({ part }) => url.includes(part))?.answer ?? this.inOrder.shift();
    write(next ?? { status: 500, body: 'nothing scripted' }, request, response);
  }
}

function write(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'reset') return void request.socket.destroy();
  if (answer === 'stall') return void response.writeHead(200, { 'content-type': 'application/json' }).write('[');
  const { 'transfer-encoding': _chunked, ...headers } = answer.headers ?? {};
  response.writeHead(answer.status, { 'content-type': 'application/json', ...headers });
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
}
