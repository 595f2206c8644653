import type { Crossing } from '../stage/wire';

/**
 * The requests that had to follow each other from `from` to `to`: before each moment the one that was answered last, if it
 * began after `from`. What runs beside it costs no time of its own. Oldest first.
 */
export function pathTo(crossings: readonly Crossing[], from: number, to: number): readonly Crossing[] {
  const path: Crossing[] = [];
  for (let until = to; ;) {
    const last = crossings
      .filter(({ sentAt, answeredAt }) => sentAt >= from && answeredAt !== null && answeredAt <= until)
      .reduce<Crossing | null>((latest, it) => ((latest?.answeredAt ?? 0) < (it.answeredAt ?? 0) ? it : latest), null);
    if (last === null) return path;
    path.unshift(last);
    until = last.sentAt;
  }
}
