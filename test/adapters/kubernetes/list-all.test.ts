import { ApiException } from '@kubernetes/client-node';
import { listAll } from '../../../webhook/adapters/kubernetes/list-all';
import type { Query } from '../../../webhook/adapters/kubernetes/page-reader';

interface Item {
  readonly name: string;
  readonly padding?: string;
}

/** A server that pages as told; `heavy` items are of 100,000 characters. */
function serverOf(count: number, { heavy = 0, deaf = false } = {}) {
  const asked: Query[] = [];
  const read = (query: Query) => {
    asked.push(query);
    const from = Number(query['continue'] ?? 0);
    const to = deaf ? count : Math.min(count, from + Number(query['limit']));
    const items: Item[] = [];
    for (let i = from; i < to; i++) items.push({ name: `i${i}`, ...(i < heavy && { padding: 'x'.repeat(100_000) }) });
    const metadata = to < count ? { continue: String(to) } : {};
    return Promise.resolve(JSON.stringify({ metadata, items }));
  };
  return { asked, read };
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `i${i}`);
const nameOf = () => (item: Item) => item.name;

it('reads every item once, in order', async () => {
  const { asked, read } = serverOf(1234);
  expect(await listAll(read, nameOf)).toEqual(names(1234));
  expect(asked.map(({ continue: token }) => token)).toEqual([undefined, '500', '1000']);
});

it('asks again for the same page, smaller, when it would take too long to parse', async () => {
  const { asked, read } = serverOf(1200, { heavy: 100 });
  expect(await listAll(read, nameOf)).toEqual(names(1200));
  expect(asked.slice(0, 4)).toEqual([
    { limit: 500, continue: undefined },
    { limit: 49, continue: undefined },
    { limit: 9, continue: undefined },
    { limit: 9, continue: '9' },
  ]);
  expect(asked.at(-1)).toMatchObject({ limit: 500 });
});

it('takes the page of a server that does not page', async () => {
  const { asked, read } = serverOf(50, { heavy: 50, deaf: true });
  expect(await listAll(read, nameOf)).toEqual(names(50));
  expect(asked).toHaveLength(2);
});

it('lets everything else go on between a hundred items and the next', async () => {
  let turns = 0;
  const tick = () => {
    turns += 1;
    next = setImmediate(tick);
  };
  let next = setImmediate(tick);
  const seen: number[] = [];
  await listAll<Item, void>(serverOf(500).read, () => () => void seen.push(turns));
  clearImmediate(next);
  const together = seen.map((turn) => seen.filter((other) => other === turn).length);
  expect(seen).toHaveLength(500);
  expect(Math.max(...together)).toBe(100);
});

it('begins with nothing remembered when the list expires under way', async () => {
  const { read } = serverOf(700);
  let expired = false;
  const once = (query: Query) => {
    if (query['continue'] === undefined || expired) return read(query);
    expired = true;
    return Promise.reject(new ApiException(410, 'expired', '{}', {}));
  };
  const maps: number[] = [];
  const listed = await listAll<Item, number>(once, () => {
    const map = maps.push(0) - 1;
    return () => map;
  });
  expect(new Set(listed)).toEqual(new Set([1]));
  expect(listed).toHaveLength(700);
});

it.each([
  ['<html>login</html>', 'the answer is no JSON'],
  ['null', 'the answer is not a list'],
  ['{"items":null}', 'the answer is not a list'],
  ['{"items":{}}', 'the answer is not a list'],
])('answered with %s is no empty cluster', async (text, message) => {
  await expect(listAll(() => Promise.resolve(text), nameOf)).rejects.toThrow(message);
});
