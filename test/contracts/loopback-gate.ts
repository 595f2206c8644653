import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a TCP server on loopback that can be shut or held up, whatever that server is. */
export class LoopbackGate {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private state: 'open' | 'shut' | 'held' = 'open';

  private constructor(
    private readonly server: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {
    server.on('connection', (near: Socket) => this.take(near));
  }

  static async to(target: { readonly host: string; readonly port: number }): Promise<LoopbackGate> {
    const server = createServer();
    const gate = new LoopbackGate(server, target);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  open(): void {
    this.state = 'open';
    for (const pair of this.pairs) for (const socket of pair) socket.resume();
  }

  /** Breaks what is there and takes nothing new. */
  shut(): void {
    this.state = 'shut';
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  /** Takes connections and lets nothing through until it is opened. */
  hold(): void {
    this.state = 'held';
    for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.shut();
    await closed;
  }

  private take(near: Socket): void {
    const far = connect(this.target);
    const pair = [near, far] as const;
    this.pairs.add(pair);
    for (const [socket, peer] of [pair, [far, near] as const]) {
      socket.on('error', () => undefined);
      socket.on('data', (piece: Buffer) => peer.write(piece));
      socket.on('close', () => {
        peer.destroy();
        this.pairs.delete(pair);
      });
      if (this.state === 'held') socket.pause();
    }
    if (this.state === 'shut') near.destroy();
  }
}
