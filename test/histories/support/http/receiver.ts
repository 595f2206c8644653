import { request } from 'node:http';
import { makeApp } from '../../../../webhook/http/app';
import type { HttpDeps } from '../../../../webhook/http/deps';
import { startServer, type RunningServer } from '../../../../webhook/http/server';
import { tokenOf } from '../../../scenarios/support/configuration';
import { KEY } from '../../../support/builders';
import { Broken } from '../story';
import type { Turns } from './turns';

interface Post {
  readonly answer: Promise<number>;
  readonly arrived: () => void;
}

/**
 * The HTTP side of one process. A post is on its way until the service has it, and again from the moment at which the
 * service knows its answer; what the service does in between may take virtual time.
 */
export class Receiver {
  private server: Promise<RunningServer> | null = null;
  private underWay: Post | null = null;

  constructor(
    private readonly http: HttpDeps,
    private readonly turns: Turns,
  ) {}

  async post(payload: object): Promise<void> {
    const { answer } = await this.turns.take(() => this.send(payload));
    const status = await answer;
    if (status >= 500) throw new Error(`POST /alerts answered ${status}`);
    if (status >= 300) throw new Broken('post', `a post was answered with ${status}`);
  }

  async close(): Promise<void> {
    await (await this.server)?.close(0);
  }

  private async send(payload: object): Promise<Post> {
    this.server ??= startServer(makeApp({ ...this.http, receive: (...post) => this.receive(...post) }), {
      host: '127.0.0.1',
      port: 0,
    });
    const { url } = await this.server;
    let arrived: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const answer = post(`${url}/alerts`, JSON.stringify(payload));
    this.underWay = { answer, arrived };
    await Promise.race([arrival, ended(answer)]);
    return this.underWay;
  }

  private async receive(...post: Parameters<HttpDeps['receive']>): ReturnType<HttpDeps['receive']> {
    const mine = this.underWay;
    mine?.arrived();
    try {
      return await this.http.receive(...post);
    } finally {
      void this.turns.hold(ended(mine?.answer));
    }
  }
}

async function ended(work: Promise<unknown> | undefined): Promise<void> {
  await work?.catch(() => undefined);
}

function post(url: string, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(KEY.cluster)}` };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent: false, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    sent.once('error', reject).end(body);
  });
}
