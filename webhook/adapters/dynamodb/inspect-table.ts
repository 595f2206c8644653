/** Whether the table is one that the store can work with: asked of DynamoDB's control plane, which the store never needs. */
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
  type TimeToLiveDescription,
} from '@aws-sdk/client-dynamodb';
import { SmartScaleError, type ErrorCode, type Fault } from '../../errors';
import type { StoreInspection } from '../../ports';
import { storeError } from './store-error';
import { TABLE } from './table';

export interface InspectedTable {
  readonly name: string;
  readonly region: string;
  /** Of an emulator. */
  readonly endpoint?: string;
}

/** The role may do without these two permissions, and emulators without the calls. */
const NOT_ANSWERED = new Set(['AccessDeniedException', 'UnknownOperationException']);

/** Rejects with SmartScaleError when there is no answer at all: ask again. */
export async function inspectTable(client: DynamoDBClient, table: InspectedTable): Promise<StoreInspection> {
  const TableName = table.name;
  const described = await ask(table, 'DescribeTable', () => client.send(new DescribeTableCommand({ TableName })));
  const keys = faultOfKeys(table, described);
  if (keys) return { faults: [keys], unknown: [] };
  const ttl = await ask(table, 'DescribeTimeToLive', () => client.send(new DescribeTimeToLiveCommand({ TableName })));
  const faults = 'answer' in ttl ? faultsOfTtl(table, ttl.answer.TimeToLiveDescription ?? {}) : [];
  return { faults, unknown: [described, ttl].flatMap((it) => ('unknown' in it ? [it.unknown] : [])) };
}

type Asked<T> = { readonly answer: T } | { readonly unknown: string } | { readonly missing: SmartScaleError };

async function ask<T>(table: InspectedTable, operation: string, call: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { answer: await call() };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (NOT_ANSWERED.has(name)) return { unknown: `${operation}: ${name}` };
    const ours = storeError(error, table.name);
    if (ours.code === 'store-table-missing') return { missing: ours };
    throw ours;
  }
}

function faultOfKeys(table: InspectedTable, asked: Asked<{ Table?: TableDescription | undefined }>): Fault | null {
  if ('missing' in asked) return asked.missing.fault;
  if ('unknown' in asked) return null;
  const keys = keysOf(asked.answer.Table ?? {});
  const expected = `${TABLE.partitionKey} (S, HASH), ${TABLE.sortKey} (S, RANGE)`;
  if (keys === expected) return null;
  return fault('store-table-unusable', `the keys of DynamoDB table "${table.name}" are ${keys}, expected ${expected}`);
}

function keysOf({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): string {
  const typeOf = (name?: string) => AttributeDefinitions.find((it) => it.AttributeName === name)?.AttributeType;
  return KeySchema.map(({ AttributeName: name, KeyType }) => `${name} (${typeOf(name)}, ${KeyType})`).join(', ');
}

function faultsOfTtl(table: InspectedTable, { TimeToLiveStatus, AttributeName }: TimeToLiveDescription): Fault[] {
  const on = TimeToLiveStatus === 'ENABLED' || TimeToLiveStatus === 'ENABLING';
  if (on && AttributeName === TABLE.ttl) return [];
  const mend = on ? [ttlCommand(table, AttributeName ?? '', false), 'an hour later'] : [];
  const state = on ? `on "${AttributeName}"` : (TimeToLiveStatus ?? 'DISABLED').toLowerCase();
  const commands = [...mend, ttlCommand(table, TABLE.ttl, true)].join(', ');
  const message = `TTL of DynamoDB table "${table.name}" is ${state}, expected on "${TABLE.ttl}": ${commands}`;
  return [fault('store-without-ttl', message)];
}

/** For a shell. */
function ttlCommand({ name, region, endpoint }: InspectedTable, attribute: string, enabled: boolean): string {
  const where = `--region ${region}${endpoint === undefined ? '' : ` --endpoint-url ${endpoint}`}`;
  const what = `--time-to-live-specification Enabled=${enabled},AttributeName=${attribute}`;
  return `aws dynamodb update-time-to-live ${where} --table-name ${name} ${what}`;
}

function fault(code: ErrorCode, message: string): Fault {
  return new SmartScaleError(code, message).fault;
}
