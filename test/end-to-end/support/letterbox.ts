import { text } from 'node:stream/consumers';
import { startLoopbackServer, type LoopbackServer } from '../../../simulator/loopback-server';

/** Takes what Alertmanager posts and keeps it, byte for byte. */
export interface Letterbox extends LoopbackServer {
  readonly letters: readonly string[];
}

export async function openLetterbox(): Promise<Letterbox> {
  const letters: string[] = [];
  const server = await startLoopbackServer((request, response) => {
    void text(request).then((letter) => {
      letters.push(letter);
      response.writeHead(202).end();
    });
  });
  return { ...server, letters };
}
