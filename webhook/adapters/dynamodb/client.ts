import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export interface DynamoSettings {
  readonly region: string;
  /** Only for an emulator; AWS's own address is found from the region. */
  readonly endpoint?: string;
  /** Absent: the SDK's chain (environment, profile, instance role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Milliseconds for one attempt, 2000 if absent. */
  readonly requestTimeout?: number;
}

const ATTEMPTS = 3;

/**
 * The SDK waits for ever by default, and `requestTimeout` alone only prints a warning. An answer of DynamoDB takes
 * milliseconds: three attempts of at most two seconds each, then the caller hears `store-unreachable`.
 */
export function makeDynamoClient({ requestTimeout = 2000, ...settings }: DynamoSettings): DynamoDBClient {
  return new DynamoDBClient({
    ...settings,
    maxAttempts: ATTEMPTS,
    requestHandler: { requestTimeout, throwOnRequestTimeout: true, connectionTimeout: 1000 },
  });
}
