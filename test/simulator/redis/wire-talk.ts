import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export function wire(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** A connection without any client library: what is written, and what comes back as it stands on the wire. */
export class WireClient {
  private constructor(private readonly socket: Socket) {}

  static async connect(port: number): Promise<WireClient> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return new WireClient(socket);
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** What comes next. */
  async hears(): Promise<string> {
    const [piece] = (await once(this.socket, 'data')) as [Buffer];
    return piece.toString();
  }

  ask(command: readonly string[]): Promise<string> {
    this.write(wire(command));
    return this.hears();
  }

  /** Resolves when the other side has broken it off. */
  async isClosed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close');
  }

  close(): void {
    this.socket.destroy();
  }
}

/** One connection, command by command. */
export async function wireTalk(port: number, commands: readonly (readonly string[])[]): Promise<readonly string[]> {
  const client = await WireClient.connect(port);
  const answers: string[] = [];
  for (const command of commands) answers.push(await client.ask(command));
  client.close();
  return answers;
}
