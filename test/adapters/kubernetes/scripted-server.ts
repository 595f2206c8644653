/** A real HTTP server that answers with what it was told, in order, and remembers what it was asked. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  | 'hang'
  | 'stall'
  | 'reset';

/** The response of a recorded exchange with a real API server. */
export function recorded(name: string): {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
} {
  const file = join(__dirname, '../../fixtures/kubernetes-adapter', `${name}.json`);
  const { response } = JSON.parse(readFileSync(file, 'utf8')) as { response: ReturnType<typeof recorded> };
  return response;
}

export class ScriptedServer {
  readonly asked: Asked[] = [];
  connections = 0;
  private readonly answers: Answer[] = [];
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<ScriptedServer> {
    const scripted = new ScriptedServer();
    scripted.server.on('connection', () => scripted.connections++);
    await new Promise<void>((resolve) => scripted.server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  willAnswer(...answers: readonly Answer[]): this {
    this.answers.push(...answers);
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    this.asked.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    const answer = this.answers.shift() ?? { status: 500, body: 'nothing scripted' };
    if (answer === 'hang') return;
    if (answer === 'reset') return void request.socket.destroy();
    if (answer === 'stall') return void response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    const { 'transfer-encoding': _chunked, ...kept } = answer.headers ?? {};
    response.writeHead(answer.status, { 'content-type': 'application/json', ...kept }).end(text);
  }
}
