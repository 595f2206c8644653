/** What is worked out of a value that never changes: once for each, and gone with it. */
export function oncePer<Key extends object, Result>(work: (key: Key) => Result): (key: Key) => Result {
  const known = new WeakMap<Key, Result>();
  return (key) => {
    if (!known.has(key)) known.set(key, work(key));
    return known.get(key) as Result;
  };
}
