import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeDynamoClient } from '../../../webhook/adapters/dynamodb/client';

export interface LossyClient {
  readonly client: DynamoDBClient;
  /** The next replies are read from the wire and thrown away, as when a connection breaks after the server has acted. */
  loseReplies(count: number): void;
  /** Requests that reached the server so far, repeated ones too. */
  sent(): number;
  /** Their names, each once: `GetItemCommand`. */
  commands(): ReadonlySet<string>;
}

/** The product's client; below its retries a middleware can break the connection. */
export function makeLossyClient(endpoint: string): LossyClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = makeDynamoClient({ region: 'local', endpoint, credentials });
  let toLose = 0;
  let sent = 0;
  const commands = new Set<string>();
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const output = await next(args);
        sent += 1;
        commands.add(commandName);
        if (toLose === 0) return output;
        toLose -= 1;
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    { step: 'deserialize', priority: 'low', name: 'loseReplies' },
  );
  return {
    client,
    loseReplies: (count) => {
      toLose = count;
    },
    sent: () => sent,
    commands: () => commands,
  };
}
