import { EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';
import { verdictOf } from './error-table';
import type { RequestLimits } from './request-limits';

export interface Ec2ClientOptions {
  readonly region: string;
  /** AWS's own endpoint of the region when absent. */
  readonly endpoint?: string;
  /** The SDK's default chain (environment, profile, instance role) when absent. */
  readonly credentials?: NonNullable<EC2ClientConfig['credentials']>;
  /** Tries per call, 4 when absent. */
  readonly maxAttempts?: number;
  /** How long one try may take, milliseconds, 30,000 when absent. */
  readonly requestTimeoutMs?: number;
  /** Shared by all clients of the region; absent: whatever is asked is sent at once. */
  readonly limits?: RequestLimits;
}

/** A client that gives up: the SDK's own default waits for a silent endpoint for ever. */
export function makeEc2Client(options: Ec2ClientOptions): EC2Client {
  const { region, endpoint, credentials, maxAttempts = 4, requestTimeoutMs = 30_000, limits } = options;
  const client = new EC2Client({
    region,
    maxAttempts,
    retryMode: 'standard',
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: requestTimeoutMs,
      // Without it an overdue request is a warning on the console and goes on waiting.
      throwOnRequestTimeout: true,
    },
  });
  if (limits) keepTo(limits, client);
  return client;
}

/** Inside the retries, so that each try waits for its turn. Its signature is made by then, and valid for five minutes. */
function keepTo(limits: RequestLimits, client: EC2Client): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const action = String(commandName).replace(/Command$/, '');
        await limits.admit(action);
        return next(args).catch((error: unknown) => {
          if (verdictOf(error).fault.code === 'ec2-throttled') limits.throttled(action);
          throw error;
        });
      },
    { name: 'ownRequestLimits', step: 'finalizeRequest', priority: 'low' },
  );
}
