/** A Redis on loopback that the real client talks to, and that can be made to fail in the ways of a real one. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { answer, type Session } from './commands';
import { ExpiringValues } from './expiring-values';
import { CommandReader, reply } from './resp';

export interface RedisServerOptions {
  /** Epoch milliseconds, the system's if absent: what ends values. */
  readonly now?: () => number;
  readonly password?: string;
  /** PEM: then it speaks TLS and nothing else. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
}

interface Connection {
  readonly socket: Socket;
  readonly session: Session;
}

/** Listens on a free port of 127.0.0.1 from `start` to `stop`. */
export class RedisServer {
  /** Names and arguments of all commands carried out, oldest first. */
  readonly commands: (readonly string[])[] = [];
  readonly values: ExpiringValues;
  /** Null: nobody is asked for one. */
  password: string | null;
  /** Refuses writes, as a replica does. */
  isReadOnly = false;
  /** How many connections were ever made. */
  connectionsMade = 0;
  private readonly connections = new Set<Connection>();
  private readonly server: Server;
  private isHung = false;
  private isRefusing = false;
  private delay = 0;
  private fatal: string | null = null;

  constructor({ now = Date.now, password, tls }: RedisServerOptions = {}) {
    this.values = new ExpiringValues(now);
    this.password = password ?? null;
    this.server = tls ? createTlsServer(tls) : createServer();
    this.server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => this.take(socket));
    // Who breaks off in mid-handshake is of no interest.
    this.server.on('tlsClientError', () => undefined);
  }

  static async start(options?: RedisServerOptions): Promise<RedisServer> {
    const redis = new RedisServer(options);
    await new Promise<void>((resolve, reject) => {
      redis.server.once('error', reject);
      redis.server.listen(0, '127.0.0.1', resolve);
    });
    return redis;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Now open. */
  get open(): number {
    return this.connections.size;
  }

  /**
   * While true nothing is read and nothing answered, but connections are taken: a stopped process, whose kernel goes on.
   * What came meanwhile is carried out afterwards, also of clients that have long given up.
   */
  setHung(isHung: boolean): void {
    this.isHung = isHung;
    for (const { socket } of this.connections) this.hold(socket);
  }

  /** From now on every answer waits so many milliseconds. */
  setDelay(ms: number): void {
    this.delay = ms;
  }

  /** While true every connection breaks at once. The port stays ours: a closed one could be taken by somebody else. */
  setRefusing(isRefusing: boolean): void {
    this.isRefusing = isRefusing;
    if (isRefusing) this.drop();
  }

  /** Breaks the connection that brings this command next, before it is carried out. */
  dropAt(command: string): void {
    this.fatal = command;
  }

  drop(): void {
    for (const { socket } of this.connections) socket.destroy();
  }

  /** As a restart does: connections broken, everything forgotten. */
  restart(): void {
    this.drop();
    this.values.clear();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.drop();
    await closed;
  }

  private take(socket: Socket): void {
    this.connectionsMade += 1;
    socket.on('error', () => undefined);
    if (this.isRefusing) {
      socket.destroy();
      return;
    }
    const connection = { socket, session: { isAuthenticated: this.password === null, channels: new Set<string>() } };
    const reader = new CommandReader();
    this.connections.add(connection);
    socket.on('close', () => this.connections.delete(connection));
    socket.on('data', (piece: Buffer) => this.read(piece, reader, connection));
    this.hold(socket);
  }

  private hold(socket: Socket): void {
    if (this.isHung) socket.pause();
    else socket.resume();
  }

  private read(piece: Buffer, reader: CommandReader, connection: Connection): void {
    try {
      for (const command of reader.read(piece)) this.carryOut(command, connection);
    } catch (error) {
      connection.socket.end(reply.error(error instanceof Error ? error.message : String(error)));
    }
  }

  private carryOut(command: readonly string[], { socket, session }: Connection): void {
    if (command[0]?.toUpperCase() === this.fatal) {
      this.fatal = null;
      socket.destroy();
    }
    if (socket.destroyed) return;
    this.commands.push(command);
    const { password, values, isReadOnly } = this;
    const publish = (channel: string, text: string) => this.publish(channel, text);
    const text = answer(command, session, { password, values, isReadOnly, publish });
    if (this.delay === 0) socket.write(text);
    else setTimeout(() => socket.writable && socket.write(text), this.delay);
  }

  private publish(channel: string, text: string): number {
    const hearing = [...this.connections].filter(({ session }) => session.channels.has(channel));
    const message = reply.list([reply.bulk('message'), reply.bulk(channel), reply.bulk(text)]);
    for (const { socket } of hearing) socket.write(message);
    return hearing.length;
  }
}
