/** What an operator sets for the stacks: `context.smartscale` of cdktf.json, checked whole before anything is made. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { DEFAULT_TABLE_NAME } from '../webhook/adapters/dynamodb/table';

const tags = z
  .record(z.string().max(128), z.string().max(256))
  .refine(
    (all) => !Object.keys(all).some((name) => /^(aws:|$)/i.test(name)),
    'names must not be empty or begin with "aws:"',
  );

const configuration = z.strictObject({
  /** Absent: a Terraform variable without a default, so that no region is ever chosen silently. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'is no AWS region')
    .exactOptional(),
  /** What the webhook's `store.table` names. */
  tableName: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{3,255}$/, 'must be 3 to 255 letters, digits, "_", "." or "-"')
    .default(DEFAULT_TABLE_NAME),
  /** While true neither Terraform nor the console can delete the table. */
  deletionProtection: z.boolean().default(true),
  tags: tags.default({}),
});

const cdktfJson = z.looseObject({
  context: z.looseObject({ smartscale: configuration.prefault({}) }).prefault({}),
});

export type StackConfiguration = Readonly<z.infer<typeof configuration>>;

/** Lists every mistake at once. */
export class ConfigurationError extends Error {
  constructor(
    source: string,
    readonly mistakes: readonly string[],
  ) {
    super([`${source} cannot be used:`, ...mistakes.map((mistake) => `  - ${mistake}`)].join('\n'));
    this.name = 'ConfigurationError';
  }
}

/** Takes what cdktf.json holds. @throws ConfigurationError */
export function parseConfiguration(value: unknown, source: string): StackConfiguration {
  const result = cdktfJson.safeParse(value);
  if (result.success) return Object.freeze(result.data.context.smartscale);
  throw new ConfigurationError(
    source,
    result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')),
  );
}

/** Reads cdktf.json. @throws ConfigurationError */
export function readConfiguration(path: string): StackConfiguration {
  return parseConfiguration(readJson(path), path);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(path, [error instanceof Error ? error.message : String(error)]);
  }
}
