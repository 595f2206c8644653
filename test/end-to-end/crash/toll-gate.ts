import { request as send, Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { startLoopbackServer, type LoopbackServer } from '../../../simulator/loopback-server';

export interface Passage {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface GateKeeper {
  /** False: it never arrives. */
  letsIn(passage: Passage): boolean;
  /** It has taken effect. False: its answer never arrives. */
  letsOut(passage: Passage): boolean;
}

/** Stands before a server: every request passes it whole on its way there, and its answer whole on its way back. */
export async function openTollGate(server: string, keeper: GateKeeper): Promise<LoopbackServer> {
  const agent = new Agent({ keepAlive: true });
  const gate = await startLoopbackServer((request, response) => {
    const breakOff = () => void request.socket.destroy();
    const pass = async () => {
      const body = await buffer(request);
      const passage = passageOf(request, body);
      if (!keeper.letsIn(passage)) return breakOff();
      const answer = await carry(server, passage, { body, agent });
      if (!keeper.letsOut(passage)) return breakOff();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    pass().catch(breakOff);
  });
  return {
    url: gate.url,
    close: () => {
      agent.destroy();
      return gate.close();
    },
  };
}

function passageOf({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): Passage {
  return { method, path: url, headers, body: body.toString() };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function carry(
  server: string,
  { method, path, headers }: Passage,
  { body, agent }: { readonly body: Buffer; readonly agent: Agent },
): Promise<Answer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    send(new URL(path, server), { method, headers: whole(headers, body), agent }, resolve)
      .on('error', reject)
      .end(body);
  });
  const answered = await buffer(answer);
  return { status: answer.statusCode ?? 502, headers: whole(answer.headers, answered), body: answered };
}

/** Nothing is passed on in pieces, and each side keeps its own connections. */
function whole(headers: IncomingHttpHeaders, body: Buffer): IncomingHttpHeaders {
  const { 'transfer-encoding': _pieces, connection: _other, ...rest } = headers;
  const hasBody = body.length > 0 || 'content-length' in headers || 'transfer-encoding' in headers;
  return { ...rest, ...(hasBody ? { 'content-length': String(body.length) } : {}) };
}
