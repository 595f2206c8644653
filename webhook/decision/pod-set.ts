/**
 * A short name for a set of pods, equal only for equal sets: FNV-1a over the sorted uids, twice with different seeds,
 * and the size. Not a secret, and a collision only delays one scale-up, so no cryptographic hash is needed here, where
 * no I/O module may be imported.
 */
export function podSetOf(uids: readonly string[]): string {
  const text = [...uids].sort().join('\n');
  return `${uids.length}-${fnv1a(text, 0x811c9dc5)}${fnv1a(text, 0x01234567)}`;
}

function fnv1a(text: string, seed: number): string {
  let hash = seed;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
