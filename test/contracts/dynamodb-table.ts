/**
 * A table to test on: of the embedded dynalite, or with SMARTSCALE_STORE_PEER set to the address of another DynamoDB (such as
 * Amazon's DynamoDB Local, `http://127.0.0.1:8000`) on that.
 */
import { randomUUID } from 'node:crypto';
import { createTable, startDynamoDb, type EmbeddedDynamoDb } from '../../simulator/dynamodb';

/** What a peer has too. */
export type Table = Pick<EmbeddedDynamoDb, 'endpoint' | 'tableName' | 'stop'>;

const peer = process.env['SMARTSCALE_STORE_PEER'];

/** For the names of tests. */
export const DATABASE = peer === undefined ? 'DynamoDB' : `DynamoDB at ${peer}`;

/** A new one, as the stack deploys it. */
export async function aTable(): Promise<Table> {
  if (peer === undefined) return startDynamoDb();
  const tableName = `contract-${randomUUID()}`;
  await createTable(peer, tableName);
  return { endpoint: peer, tableName, stop: () => Promise.resolve() };
}
