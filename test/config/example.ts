import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { ConfigError, parseConfig, type ServiceConfig } from '../../webhook/config';

export const ENVIRONMENT = {
  ALERTS_TOKEN: 'an-alerts-token-of-a-test',
  OPERATOR_TOKEN: 'an-operator-token-of-a-test',
  REDIS_PASSWORD: 'a-password-of-a-test',
};

export const SHIPPED = readFileSync(join(__dirname, '../../webhook/smartscale.example.yaml'), 'utf8');

type Path = readonly (string | number)[];

/** The shipped example with its secrets in the environment, changed at these paths; `undefined` takes a key away. */
export function example(changes: readonly (readonly [Path, unknown])[] = []): string {
  const document = parseDocument(SHIPPED);
  document.setIn(['clusters', 'prod', 'tokens'], document.createNode([{ env: 'ALERTS_TOKEN' }]));
  document.setIn(['clusters', 'prod', 'operatorTokens'], document.createNode([{ env: 'OPERATOR_TOKEN' }]));
  for (const [path, value] of changes) {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
  }
  return document.toString();
}

export const POOL: Path = ['clusters', 'prod', 'pools', 'workers'];

/** The example with this path set to this value, as a service would run with it. */
export function configWith(...changes: readonly (readonly [Path, unknown])[]): ServiceConfig {
  return parseConfig(example(changes), 'test.yaml', ENVIRONMENT);
}

/** The mistakes of the example changed so, without their line numbers. */
export function mistakesWith(...changes: readonly (readonly [Path, unknown])[]): readonly string[] {
  return mistakesIn(example(changes)).map((line) => line.replace(/^line \d+: /, ''));
}

export function mistakesIn(
  text: string,
  environment: Readonly<Record<string, string>> = ENVIRONMENT,
): readonly string[] {
  try {
    parseConfig(text, 'test.yaml', environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
