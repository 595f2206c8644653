/** The key that somebody may have meant. */
const SHORTEST_PREFIX = 3;

/** Null when none is near. */
export function nearest(word: string, keys: readonly string[]): string | null {
  const written = word.toLowerCase();
  const judged = keys.map((key) => ({ key, distance: distanceOf(written, key.toLowerCase()) }));
  const [best] = judged.sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.key : null;
}

/** What is no key, with the one that was meant; the message lists those that there are. */
export function hinted(word: string, message: string): string {
  const [, listed = ''] = /the keys here are (.+)$/.exec(message) ?? [];
  const meant = nearest(word, listed.split(', '));
  return meant === null
    ? message
    : message.replace('the keys here are', () => `did you mean ${meant}? The keys here are`);
}

function distanceOf(one: string, other: string): number {
  const isPrefix = other.length >= SHORTEST_PREFIX && (one.startsWith(other) || other.startsWith(one));
  return isPrefix && one.length >= SHORTEST_PREFIX ? Math.min(1, editsBetween(one, other)) : editsBetween(one, other);
}

/** Letters put in, left out, exchanged, or turned around with the next one. */
function editsBetween(one: string, other: string): number {
  // Nobody means a key that is so much shorter.
  if (Math.abs(one.length - other.length) > other.length) return Infinity;
  let [before, last]: [number[], number[]] = [[], Array.from({ length: other.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      const turned = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const candidates = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + same];
      row.push(Math.min(...candidates, turned ? at(before, j - 2) + 1 : Infinity));
    }
    [before, last] = [last, row];
  }
  return at(last, other.length);
}

function at(row: readonly number[], j: number): number {
  return row[j] ?? Infinity;
}
