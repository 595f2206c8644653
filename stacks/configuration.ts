/** What an operator sets for the stacks: `context.smartscale` of cdktf.json, checked whole before anything is made. */
import { z } from 'zod';
import { ConfigurationError } from './configuration/configuration-error';
import { crossChecks } from './configuration/cross-checks';
import { nearest } from './configuration/nearest';
import { readJson } from './configuration/read-json';
import { configuration, type StackConfiguration } from './configuration/schema';
import { line, told } from './configuration/told';

export { ConfigurationError } from './configuration/configuration-error';
export type { StackConfiguration } from './configuration/schema';

const MAP = 'must be a map of keys';
const cdktfJson = z.looseObject({ context: z.looseObject({ smartscale: z.looseObject({}, MAP) }, MAP) }, MAP);
const PLACE = ['context', 'smartscale'];

/** Takes what cdktf.json holds. @throws ConfigurationError */
export function parseConfiguration(value: unknown, source: string): StackConfiguration {
  const file = cdktfJson.safeParse(value);
  if (!file.success)
    throw new ConfigurationError(source, [
      ...file.error.issues.flatMap((it) => told(it, value, [])),
      ...misspelt(value),
    ]);
  const written = file.data.context.smartscale;
  const { success, data, error } = configuration.safeParse(written);
  const own = (error?.issues ?? []).flatMap((issue) => told(issue, written, PLACE));
  const cross = crossChecks(written).map(({ path, message }) => line([...PLACE, ...path], message));
  if (success && cross.length === 0) return Object.freeze(data);
  throw new ConfigurationError(source, [...new Set([...own, ...cross])]);
}

/** Reads cdktf.json. @throws ConfigurationError */
export function readConfiguration(path: string): StackConfiguration {
  return parseConfiguration(readJson(path), path);
}

/** Any other key of context is somebody else's business, unless it was meant for ours. */
function misspelt(value: unknown): readonly string[] {
  const context = (value as { readonly context?: unknown } | null)?.context;
  if (typeof context !== 'object' || context === null) return [];
  const near = Object.keys(context).filter((key) => key !== 'smartscale' && nearest(key, ['smartscale']) !== null);
  return near.map((key) => line(['context', key], 'is no key of ours; did you mean smartscale?'));
}
