import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { Construct } from 'constructs';
import { TABLE } from '../../webhook/adapters/dynamodb/table';
import { componentTag } from '../tags';

export interface StateTableConfig {
  readonly tableName: string;
  readonly deletionProtection: boolean;
}

/** The table that holds the whole state of SmartScale: pools with their open operations, history, leases. */
export class StateTable extends Construct {
  readonly name: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, { tableName, deletionProtection }: StateTableConfig) {
    super(scope, id);
    const table = new DynamodbTable(this, 'table', {
      name: tableName,
      billingMode: 'PAY_PER_REQUEST',
      hashKey: TABLE.partitionKey,
      rangeKey: TABLE.sortKey,
      attribute: [
        { name: TABLE.partitionKey, type: 'S' },
        { name: TABLE.sortKey, type: 'S' },
      ],
      ttl: { attributeName: TABLE.ttl, enabled: true },
      pointInTimeRecovery: { enabled: true },
      // The AWS managed key: its use shows in CloudTrail, unlike that of the key which DynamoDB owns.
      serverSideEncryption: { enabled: true },
      deletionProtectionEnabled: deletionProtection,
      tags: componentTag('state'),
    });
    this.name = table.name;
    this.arn = table.arn;
  }
}
