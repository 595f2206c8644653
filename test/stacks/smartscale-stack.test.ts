import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Testing } from 'cdktf';
import { parseConfiguration } from '../../stacks/configuration';
import { SmartScaleStack } from '../../stacks/smartscale-stack';
import { DEFAULT_TABLE_NAME, TABLE } from '../../webhook/adapters/dynamodb/table';

interface Synthesised {
  readonly provider: { readonly aws: readonly Record<string, unknown>[] };
  readonly resource: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
  readonly output: Readonly<Record<string, { readonly value: string }>>;
  readonly variable?: Readonly<Record<string, Record<string, unknown>>>;
  readonly terraform: Record<string, unknown>;
}

const outdir = mkdtempSync(join(tmpdir(), 'smartscale-synth-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** As Terraform gets it, but for the local backend, whose path is that of this machine. */
function synthesise(smartscale: Record<string, unknown> = {}): Synthesised {
  const configuration = parseConfiguration({ context: { smartscale } }, 'test');
  const stack = new SmartScaleStack(new App({ outdir }), 'smartscale', configuration);
  const { terraform, ...rest } = JSON.parse(Testing.synth(stack)) as Synthesised;
  const { backend: _backend, ...machineIndependent } = terraform;
  return { ...rest, terraform: machineIndependent };
}

function onlyTable(stack: Synthesised): Record<string, unknown> {
  expect(Object.keys(stack.resource)).toEqual(['aws_dynamodb_table']);
  const tables = Object.values(stack.resource['aws_dynamodb_table'] ?? {});
  expect(tables).toHaveLength(1);
  const [{ '//': _metadata, ...table } = {}] = tables;
  return table;
}

test('the stack is one table, as the adapter expects it', () => {
  expect(onlyTable(synthesise())).toEqual({
    name: DEFAULT_TABLE_NAME,
    billing_mode: 'PAY_PER_REQUEST',
    hash_key: TABLE.partitionKey,
    range_key: TABLE.sortKey,
    attribute: [
      { name: TABLE.partitionKey, type: 'S' },
      { name: TABLE.sortKey, type: 'S' },
    ],
    ttl: { attribute_name: TABLE.ttl, enabled: true },
    point_in_time_recovery: { enabled: true },
    server_side_encryption: { enabled: true },
    deletion_protection_enabled: true,
  });
});

test('name, protection and tags follow the configuration', () => {
  const stack = synthesise({ tableName: 'scaling-test', deletionProtection: false, tags: { team: 'platform' } });
  expect(onlyTable(stack)).toMatchObject({ name: 'scaling-test', deletion_protection_enabled: false });
  expect(stack.provider.aws).toEqual([
    { region: '${var.region}', default_tags: [{ tags: { team: 'platform', application: 'smartscale' } }] },
  ]);
});

test('without a region Terraform asks for one, and none is built in', () => {
  const stack = synthesise();
  expect(stack.variable?.['region']).toMatchObject({ type: 'string', nullable: false });
  expect(stack.variable?.['region']).not.toHaveProperty('default');
  expect(JSON.stringify(stack)).not.toMatch(/\b[a-z]{2}-(north|south|east|west|central)[a-z]*-\d\b/);
});

test('a configured region is used as it is', () => {
  const stack = synthesise({ region: 'ap-southeast-2' });
  expect(stack.provider.aws[0]).toMatchObject({ region: 'ap-southeast-2' });
  expect(stack.variable).toBeUndefined();
});

test('puts out what the webhook is configured with', () => {
  const { output, resource } = synthesise();
  const [id] = Object.keys(resource['aws_dynamodb_table'] ?? {});
  expect(output['table_name']?.value).toBe(`\${aws_dynamodb_table.${id ?? ''}.name}`);
  expect(output['table_arn']?.value).toBe(`\${aws_dynamodb_table.${id ?? ''}.arn}`);
});

test('is the same on every machine', () => {
  expect(synthesise()).toEqual(synthesise());
  expect(JSON.stringify(synthesise())).not.toContain(process.cwd());
});
