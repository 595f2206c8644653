import { Agent, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LoopbackServer, startLoopbackServer } from '../loopback-server';

/** One request and its answer. Milliseconds of performance.now(). */
export interface Crossing {
  readonly to: string;
  /** `CreateFleet`, `CreateFleet, dry run`, `GetItem`, else method and path. */
  readonly what: string;
  readonly sentAt: number;
  /** Null while there is no answer. */
  answeredAt: number | null;
}

/** The way between the webhook and its peers: each request waits before it is passed on, and is written down. */
export class Wire {
  readonly crossings: Crossing[] = [];
  private readonly servers: LoopbackServer[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly listeners = new Set<() => void>();

  /** `delayMs`: of every request. */
  constructor(readonly delayMs: number) {}

  /** The address to use instead of `url`. */
  async to(name: string, url: string, delayMs = this.delayMs): Promise<string> {
    const server = await startLoopbackServer(this.way(name, url, delayMs));
    this.servers.push(server);
    return server.url;
  }

  /** Resolves with what `find` finds among the crossings, now or when it happens; rejects after `withinMs`. */
  until<T>(find: (crossings: readonly Crossing[]) => T | undefined, withinMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.listeners.delete(look);
      };
      const look = (): void => {
        const found = find(this.crossings);
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`what was waited for did not cross the wire within ${withinMs / 1000} s`));
      }, withinMs);
      this.listeners.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.close()));
    this.agent.destroy();
  }

  private way(to: string, url: string, delayMs: number): RequestListener {
    return (incoming, response) => {
      this.carry(incoming, response, { to, url, delayMs }).catch(() => response.destroy());
    };
  }

  private async carry(
    incoming: IncomingMessage,
    response: ServerResponse,
    { to, url, delayMs }: { readonly to: string; readonly url: string; readonly delayMs: number },
  ): Promise<void> {
    const sentAt = performance.now();
    const body = await bodyOf(incoming);
    const crossing: Crossing = { to, what: whatOf(incoming, body), sentAt, answeredAt: null };
    this.crossings.push(crossing);
    this.tell();
    if (delayMs > 0) await sleep(delayMs);
    const answer = await this.ask(incoming, body, url);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.end(await bodyOf(answer));
    crossing.answeredAt = performance.now();
    this.tell();
  }

  private ask({ method, headers, url: path }: IncomingMessage, body: Buffer, url: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { agent } = this;
      const sent = request(
        new URL(path ?? '/', url),
        { agent, headers, ...(method !== undefined && { method }) },
        resolve,
      );
      sent.on('error', reject).end(body);
    });
  }

  private tell(): void {
    for (const look of [...this.listeners]) look();
  }
}

function whatOf({ headers, method, url = '/' }: IncomingMessage, body: Buffer): string {
  const [, operation] = String(headers['x-amz-target'] ?? '').split('.');
  if (operation !== undefined) return operation;
  const isForm = String(headers['content-type']).startsWith('application/x-www-form-urlencoded');
  const form = new URLSearchParams(isForm ? body.toString() : '');
  const action = form.get('Action') ?? `${method} ${url.split('?')[0]}`;
  return form.get('DryRun') === 'true' ? `${action}, dry run` : action;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
