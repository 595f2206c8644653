/** The commands that the service's client sends, answered in the words of Redis 7. Any other is unknown. */
import type { ExpiringValues } from './expiring-values';
import { reply } from './resp';

/** What a connection has come to. */
export interface Session {
  isAuthenticated: boolean;
  /** While it has any, a connection may do little else. */
  readonly channels: Set<string>;
}

export interface Instance {
  readonly values: ExpiringValues;
  /** Null: nobody is asked for one. */
  readonly password: string | null;
  /** Refuses writes, as a replica does. */
  readonly isReadOnly: boolean;
  /** Answers with the number of those who hear it. */
  readonly publish: (channel: string, text: string) => number;
}

type Command = (args: readonly string[], session: Session, instance: Instance) => string;

const OK = reply.simple('OK');
const DATABASES = 16;

const COMMANDS: Readonly<Record<string, { readonly args: readonly [least: number, most: number]; run: Command }>> = {
  PING: { args: [0, 1], run: ping },
  AUTH: { args: [1, 2], run: auth },
  SELECT: { args: [1, 1], run: ([index = '']) => select(Number(index)) },
  // SETNAME and SETINFO; what they say is of no consequence here.
  CLIENT: { args: [1, Infinity], run: () => OK },
  INFO: {
    args: [0, Infinity],
    run: () => reply.bulk('# Server\r\nredis_version:7.0.15\r\n# Persistence\r\nloading:0\r\n'),
  },
  GET: { args: [1, 1], run: ([key = ''], _session, { values }) => reply.bulk(values.get(key)) },
  SET: { args: [2, Infinity], run: set },
  PUBLISH: {
    args: [2, 2],
    run: ([channel = '', text = ''], _session, { publish }) => reply.integer(publish(channel, text)),
  },
  SUBSCRIBE: { args: [1, Infinity], run: subscribe },
};

const OF_SUBSCRIBERS = ['SUBSCRIBE', 'PING'];

export function answer([word = '', ...args]: readonly string[], session: Session, instance: Instance): string {
  const name = word.toUpperCase();
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) return reply.error(unknown(word, args));
  const [least, most] = command.args;
  if (args.length < least || args.length > most) {
    return reply.error(`ERR wrong number of arguments for '${word.toLowerCase()}' command`);
  }
  if (!session.isAuthenticated && name !== 'AUTH') return reply.error('NOAUTH Authentication required.');
  if (session.channels.size > 0 && !OF_SUBSCRIBERS.includes(name)) {
    const allowed = '(P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context';
    return reply.error(`ERR Can't execute '${word.toLowerCase()}': only ${allowed}`);
  }
  return command.run(args, session, instance);
}

function unknown(word: string, args: readonly string[]): string {
  return `ERR unknown command '${word}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`;
}

function ping([text]: readonly string[], { channels }: Session): string {
  if (channels.size > 0) return reply.list([reply.bulk('pong'), reply.bulk(text ?? '')]);
  return text === undefined ? reply.simple('PONG') : reply.bulk(text);
}

function auth(args: readonly string[], session: Session, { password }: Instance): string {
  const [user, given] = args.length === 1 ? ['default', args[0]] : args;
  if (password === null && args.length === 1) {
    const doubt = 'Are you sure your configuration is correct?';
    return reply.error(`ERR AUTH <password> called without any password configured for the default user. ${doubt}`);
  }
  if (user !== 'default' || (password !== null && given !== password)) {
    return reply.error('WRONGPASS invalid username-password pair or user is disabled.');
  }
  session.isAuthenticated = true;
  return OK;
}

function select(index: number): string {
  if (!Number.isInteger(index)) return reply.error('ERR value is not an integer or out of range');
  return index >= 0 && index < DATABASES ? OK : reply.error('ERR DB index is out of range');
}

function set([key = '', value = '', ...options]: readonly string[], _session: Session, instance: Instance): string {
  const ms = options.length === 0 ? Infinity : expiryOf(options);
  if (typeof ms === 'string') return reply.error(ms);
  if (instance.isReadOnly) return reply.error("READONLY You can't write against a read only replica.");
  instance.values.set(key, value, ms);
  return OK;
}

/** Milliseconds, or what is wrong with the options. */
function expiryOf([option = '', length, ...others]: readonly string[]): number | string {
  if (option.toUpperCase() !== 'PX' || length === undefined || others.length > 0) return 'ERR syntax error';
  if (!/^-?\d+$/.test(length)) return 'ERR value is not an integer or out of range';
  return Number(length) > 0 ? Number(length) : "ERR invalid expire time in 'set' command";
}

function subscribe(channels: readonly string[], session: Session): string {
  return channels
    .map((channel) => {
      session.channels.add(channel);
      return reply.list([reply.bulk('subscribe'), reply.bulk(channel), reply.integer(session.channels.size)]);
    })
    .join('');
}
