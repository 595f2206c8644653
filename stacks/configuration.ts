/** What an operator sets for the stacks: `context.smartscale` of cdktf.json, checked whole before anything is made. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { crossChecks } from './configuration/cross-checks';
import { configuration, type StackConfiguration } from './configuration/schema';

export type { StackConfiguration } from './configuration/schema';

const cdktfJson = z.looseObject({
  context: z.looseObject({ smartscale: z.looseObject({}, 'must be an object').prefault({}) }).prefault({}),
});
const PLACE = ['context', 'smartscale'];

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
  const file = cdktfJson.safeParse(value);
  if (!file.success)
    throw new ConfigurationError(
      source,
      file.error.issues.flatMap((it) => told(it, [])),
    );
  const written = file.data.context.smartscale;
  const { success, data, error } = configuration.safeParse(written);
  const own = (error?.issues ?? []).flatMap((issue) => told(issue, PLACE));
  const cross = crossChecks(written).map(({ path, message }) => line([...PLACE, ...path], message));
  if (success && cross.length === 0) return Object.freeze(data);
  throw new ConfigurationError(source, [...new Set([...own, ...cross])]);
}

/** Reads cdktf.json. @throws ConfigurationError */
export function readConfiguration(path: string): StackConfiguration {
  return parseConfiguration(readJson(path), path);
}

function told(issue: z.core.$ZodIssue, place: readonly string[]): readonly string[] {
  const path = [...place, ...issue.path];
  if (issue.code !== 'unrecognized_keys') return [line(path, issue.message)];
  return issue.keys.map((key) => line([...path, key], `is no key; ${issue.message}`));
}

function line(path: readonly PropertyKey[], message: string): string {
  return [path.join('.'), message].filter(Boolean).join(': ');
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigurationError(path, [error instanceof Error ? error.message : String(error)]);
  }
}
