import type { z } from 'zod';
import { architectureOf, type Architecture } from './architecture';
import type { Mistake } from './mistake';
import { K3S_RELEASES } from './k3s-releases';
import type { k3s } from './schema';

type K3s = z.output<typeof k3s>;

export function architectureMistakes(path: readonly string[], type: string, wanted: Architecture): readonly Mistake[] {
  const is = architectureOf(type);
  if (is === null || is === wanted) return [];
  return [{ path, message: `must be a type of architecture ${wanted}; ${type} is ${is}` }];
}

/** A release that we do not know needs its checksums, of every architecture that is used. */
export function k3sChecks(k3s: K3s, used: readonly Architecture[]): readonly Mistake[] {
  return [...new Set(used)].flatMap((architecture) =>
    checksumOf(k3s, architecture) === undefined
      ? [
          {
            path: ['k3s', 'sha256', architecture],
            message: `must be the SHA-256 of the binary of ${k3s.version}; it is known for ${Object.keys(K3S_RELEASES).join(', ')} only`,
          },
        ]
      : [],
  );
}

export function checksumOf({ version, sha256 }: K3s, architecture: Architecture): string | undefined {
  return sha256[architecture] ?? K3S_RELEASES[version]?.[architecture];
}
