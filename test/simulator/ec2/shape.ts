/** The paths of all leaves of a value with the kind of each: `Reservations[].Instances[].State.Code: number`. */
export function shapeOf(value: unknown, path = ''): ReadonlySet<string> {
  if (Array.isArray(value)) return union(value.map((item) => shapeOf(item, `${path}[]`)));
  if (value instanceof Date) return new Set([`${path}: date`]);
  if (value === null || typeof value !== 'object')
    return new Set(value === undefined ? [] : [`${path}: ${typeof value}`]);
  return union(Object.entries(value).map(([key, part]) => shapeOf(part, path === '' ? key : `${path}.${key}`)));
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => [...set]));
}

/** What `a` has and `b` lacks, sorted. */
export function surplus(a: ReadonlySet<string>, b: ReadonlySet<string>): readonly string[] {
  return [...a].filter((path) => !b.has(path)).sort();
}
