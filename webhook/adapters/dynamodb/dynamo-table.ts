/** The four requests that the store makes, with AWS's errors translated. */
import { PutCommand, GetCommand, QueryCommand, UpdateCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CLOCK_SKEW } from '../../model/clock-skew';
import type { Expression } from './expression';
import type { RowKey } from './keys';
import { isConditionFailed, storeError } from './store-error';
import { TABLE } from './table';

export type Row = Record<string, unknown>;

export interface PutCondition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

export const IF_ABSENT: PutCondition = {
  ConditionExpression: 'attribute_not_exists(#k)',
  ExpressionAttributeNames: { '#k': TABLE.partitionKey },
};

/** The row is not there, is of this time or an earlier one, or was written by a clock that was ahead. */
export function ifNoLater(at: number): PutCondition {
  return {
    ConditionExpression: 'attribute_not_exists(#a) OR #a <= :a OR #a > :f',
    ExpressionAttributeNames: { '#a': 'at' },
    ExpressionAttributeValues: { ':a': at, ':f': at + CLOCK_SKEW },
  };
}

/** The row is of the revision before this one, the first of which is 1. */
export function ifRevisionBefore(revision: number): PutCondition {
  if (revision === 1) return IF_ABSENT;
  return {
    ConditionExpression: '#r = :r',
    ExpressionAttributeNames: { '#r': 'revision' },
    ExpressionAttributeValues: { ':r': revision - 1 },
  };
}

/** The row is not there, or is of this revision or an earlier one. */
export function ifNoLaterRevision(revision: number): PutCondition {
  return {
    ConditionExpression: 'attribute_not_exists(#r) OR #r <= :r',
    ExpressionAttributeNames: { '#r': 'revision' },
    ExpressionAttributeValues: { ':r': revision },
  };
}

export class DynamoTable {
  readonly #client: DynamoDBDocumentClient;

  constructor(
    client: DynamoDBClient,
    readonly name: string,
  ) {
    this.#client = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  }

  /** `weak` is half the price and may miss the last second's writes. */
  async get(key: RowKey, consistency: 'consistent' | 'weak' = 'consistent'): Promise<Row | null> {
    const ConsistentRead = consistency === 'consistent';
    const command = new GetCommand({ TableName: this.name, Key: key, ConsistentRead });
    const { Item } = await this.#answer(this.#client.send(command));
    return Item ?? null;
  }

  /** False when the condition did not hold. */
  async put(key: RowKey, row: Row, condition?: PutCondition): Promise<boolean> {
    const command = new PutCommand({ TableName: this.name, Item: { ...key, ...row }, ...condition });
    return this.#conditional(this.#client.send(command));
  }

  /** False when the condition did not hold. */
  async update(key: RowKey, expression: Expression): Promise<boolean> {
    return this.#conditional(this.#client.send(new UpdateCommand({ TableName: this.name, Key: key, ...expression })));
  }

  /** At most `limit` rows of a partition, last sort key first. */
  async last(pk: string, range: { from: string; to: string }, limit: number): Promise<Row[]> {
    const rows: Row[] = [];
    let next: Row | undefined;
    // A page ends after 1 MB even if the limit is not reached.
    while (rows.length < limit) {
      const page = await this.#answer(
        this.#client.send(
          new QueryCommand({
            TableName: this.name,
            KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :to',
            ExpressionAttributeNames: { '#p': TABLE.partitionKey, '#s': TABLE.sortKey },
            ExpressionAttributeValues: { ':p': pk, ':from': range.from, ':to': range.to },
            ScanIndexForward: false,
            Limit: limit - rows.length,
            ...(next && { ExclusiveStartKey: next }),
          }),
        ),
      );
      rows.push(...(page.Items ?? []));
      next = page.LastEvaluatedKey;
      if (!next) break;
    }
    return rows;
  }

  async #conditional(sent: Promise<unknown>): Promise<boolean> {
    try {
      await sent;
      return true;
    } catch (error) {
      if (isConditionFailed(error)) return false;
      throw storeError(error, this.name);
    }
  }

  async #answer<T>(sent: Promise<T>): Promise<T> {
    try {
      return await sent;
    } catch (error) {
      throw storeError(error, this.name);
    }
  }
}
