import { parseManifests } from './manifests';
import type { Sandbox } from './sandbox';

/** What kubectl was given last under the name of a Secret: its files, decoded. */
export function appliedSecret(sandbox: Sandbox, name: string): Readonly<Record<string, string>> {
  const all = parseManifests(sandbox.log('applied.yaml'));
  const data = all.filter(({ kind, metadata }) => kind === 'Secret' && metadata.name === name).at(-1)?.data ?? {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}
