import { readFileSync } from 'node:fs';
import { Redis, type RedisOptions } from 'ioredis';

export interface RedisSettings {
  /** `redis://host:6379/0`, or `rediss://` for TLS; a user may stand in it, a password never does. */
  readonly url: string;
  /** Asked for at every connection, so that it may be rotated. */
  readonly password?: () => string;
  /** PEM file of the authority that signed the certificate of a `rediss://`. */
  readonly caFile?: string;
  /** Shown by CLIENT LIST. */
  readonly name: string;
}

/**
 * With ioredis' defaults a command waits for ever and can run twice. Milliseconds; protocol, not scaled. A timer of
 * `socketTimeout` runs only while an answer is due, so a subscriber that hears nothing for hours stays connected.
 */
const LIMITS = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // Of the handshake; who asks for something waits less: see `Connection`.
  commandTimeout: 500,
  connectTimeout: 500,
  socketTimeout: 2000,
  // A peer that hangs does not close its half: the next try need not wait for it.
  disconnectTimeout: 100,
  // ioredis' own lets a subscription that fails become an unhandled rejection.
  autoResubscribe: false,
  // Without it a connection that is refused its password counts as ready, and the back-off begins anew each time.
  enableReadyCheck: true,
  disableClientInfo: true,
} as const satisfies RedisOptions;

const FIRST_RETRY = 100;
const LAST_RETRY = 5000;

/** Connects at once and for ever. Throws when the CA file cannot be read. */
export function makeRedisClient({ url, password, caFile, name }: RedisSettings): Redis {
  const client: Redis = new Redis({
    ...addressOf(new URL(url)),
    ...(url.startsWith('rediss:') ? { tls: caFile === undefined ? {} : { ca: readFileSync(caFile) } } : {}),
    ...(password ? { password: password() } : {}),
    ...LIMITS,
    connectionName: name,
    retryStrategy: (tries) => {
      if (password) client.options.password = password();
      return Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (tries - 1));
    },
  });
  client.on('close', () => forgetSocketTimer(client));
  return client;
}

/** Not ioredis' own reading: it takes every parameter of the query for an option. */
function addressOf({ hostname, port, pathname, username }: URL): RedisOptions {
  return {
    // The URL writes an IPv6 address in brackets.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 6379 : Number(port),
    db: Number(pathname.slice(1)),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
  };
}

/** ioredis 5.11 leaves the timer of a connection that is lost in mid-command running, and it then ends the next one. */
function forgetSocketTimer(client: Redis): void {
  const held = client as unknown as { socketTimeoutTimer?: NodeJS.Timeout | undefined };
  clearTimeout(held.socketTimeoutTimer);
  held.socketTimeoutTimer = undefined;
}
