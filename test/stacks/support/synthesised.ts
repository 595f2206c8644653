import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Testing } from 'cdktf';
import { parseConfiguration } from '../../../stacks/configuration';
import { readHostFiles } from '../../../stacks/hosts/host-files';
import { SmartScaleStack } from '../../../stacks/smartscale-stack';
import { hostRoot } from './host-files';

export type Attributes = Readonly<Record<string, unknown>>;
type Kinds = Readonly<Record<string, Readonly<Record<string, Attributes>>>>;

export interface Synthesised {
  readonly provider: { readonly aws: readonly Attributes[] };
  readonly resource: Kinds;
  readonly data: Kinds;
  readonly locals: Attributes;
  readonly output: Readonly<Record<string, { readonly value: unknown; readonly description: string }>>;
  readonly variable?: Readonly<Record<string, Attributes>>;
  readonly terraform: Attributes;
}

export const WORKERS = { instanceTypes: ['m6i.large', 'm6a.large'] };
/** What everything has to be made of: the rest has defaults. */
export const LEAST = { region: 'eu-central-1', pools: { workers: WORKERS } };

const outdir = mkdtempSync(join(tmpdir(), 'smartscale-synth-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** As Terraform gets it, but for the local backend, whose path is that of this machine. */
export function synthesise(smartscale: object = LEAST, root = hostRoot()): Synthesised {
  const configuration = parseConfiguration({ context: { smartscale } }, 'test');
  const files = readHostFiles(root, configuration.bundle);
  const stack = new SmartScaleStack(new App({ outdir }), 'smartscale', configuration, files);
  const { terraform, ...rest } = withoutMetadata(JSON.parse(Testing.synth(stack))) as Synthesised;
  const { backend, ...machineIndependent } = terraform;
  const isLocal = typeof backend === 'object' && backend !== null && 'local' in backend;
  return { ...rest, terraform: isLocal ? machineIndependent : terraform };
}

function withoutMetadata(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMetadata);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, it]) => (key === '//' ? [] : [[key, withoutMetadata(it)]])),
  );
}

/** All of one type. */
export function every({ resource }: Synthesised, type: string): readonly Attributes[] {
  return Object.values(resource[type] ?? {});
}

/** The only one of a type. */
export function only(stack: Synthesised, type: string): Attributes {
  const found = every(stack, type);
  expect(found).toHaveLength(1);
  return found[0] ?? {};
}

/** The one whose name (or tag `Name`) is this. */
export function named(stack: Synthesised, type: string, name: string): Attributes {
  const found = every(stack, type).filter(
    (it) => it['name'] === name || (it['tags'] as Attributes | undefined)?.['Name'] === name,
  );
  expect([type, name, found.length]).toEqual([type, name, 1]);
  return found[0] ?? {};
}

/** What "${type.id.attribute}" refers to. */
export function referred({ resource }: Synthesised, reference: unknown): Attributes {
  const [, type = '', id = ''] = /^\$\{([a-z0-9_]+)\.([\w-]+)\.\w+\}$/.exec(String(reference)) ?? [];
  const found = resource[type]?.[id];
  if (!found) throw new Error(`${String(reference)} refers to nothing`);
  return found;
}
