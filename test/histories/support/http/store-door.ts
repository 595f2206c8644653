import type { IncomingMessage, RequestListener } from 'node:http';
import { startLoopbackServer } from '../../../../simulator/loopback-server';

export interface StoreDoor {
  readonly endpoint: string;
  /** While true every connection breaks at once. */
  setAway(away: boolean): void;
  /** The next write is applied, and the connection breaks before its answer. */
  loseReply(): void;
  close(): Promise<void>;
}

/** The way of the processes to the table; the witness has another one. */
export async function openStoreDoor(handle: RequestListener): Promise<StoreDoor> {
  let away = false;
  let toLose = 0;
  const server = await startLoopbackServer((request, response) => {
    if (away) return void request.socket.destroy();
    if (toLose > 0 && isWrite(request)) {
      toLose -= 1;
      response.end = () => {
        request.socket.destroy();
        return response;
      };
    }
    handle(request, response);
  });
  return {
    endpoint: server.url,
    setAway: (is) => {
      away = is;
    },
    loseReply: () => {
      toLose += 1;
    },
    close: () => server.close(),
  };
}

function isWrite({ headers }: IncomingMessage): boolean {
  return /\.(Update|Put)Item$/.test(String(headers['x-amz-target']));
}
