/** Reads a whole collection page by page. */
import { setImmediate } from 'node:timers/promises';
import type { Query } from './page-reader';
import { PageSize } from './page-size';
import { refusalOf } from './refusal';

interface Page<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly continue?: string };
}

/** Items that are reduced in one go. */
const SLICE = 100;
/** A token lives five minutes; a list that expires three times is not going to end. */
const RESTARTS = 3;

/**
 * `makeMap` gives what is applied to each item: a new one for each attempt, whatever it remembers. It is applied page by
 * page, so that only one page is held in the server's shape, and in slices, so that everything else goes on meanwhile.
 * Begins again when the list expires under way (410): the server's own continuation would mix two states of the world.
 */
export async function listAll<T, R>(
  readPage: (query: Query) => Promise<string>,
  makeMap: () => (item: T) => R,
): Promise<readonly R[]> {
  for (let restart = 0; ; restart++) {
    try {
      return await readPages(readPage, makeMap());
    } catch (error) {
      if (refusalOf(error)?.status !== 410 || restart === RESTARTS) throw error;
    }
  }
}

async function readPages<T, R>(readPage: (query: Query) => Promise<string>, map: (item: T) => R): Promise<R[]> {
  const found: R[] = [];
  const size = new PageSize();
  for (let token: string | undefined; ;) {
    const text = await readPage({ limit: size.limit, continue: token });
    if (size.isTooLarge(text.length)) continue;
    const { items, next } = parsePage<T>(text);
    size.learn(text.length, items.length);
    await mapInSlices(items, map, found);
    if (next === undefined) return found;
    token = next;
  }
}

/** A proxy's page is no empty cluster: unknown is not zero. */
function parsePage<T>(text: string): { readonly items: readonly T[]; readonly next: string | undefined } {
  const page = parseJson(text) as Page<T> | null;
  if (!Array.isArray(page?.items)) throw new Error('the answer is not a list');
  // The last page has an empty token.
  return { items: page.items as readonly T[], next: page.metadata?.continue || undefined };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('the answer is no JSON', { cause });
  }
}

async function mapInSlices<T, R>(items: readonly T[], map: (item: T) => R, found: R[]): Promise<void> {
  for (let from = 0; from < items.length; from += SLICE) {
    await setImmediate();
    for (const item of items.slice(from, from + SLICE)) found.push(map(item));
  }
}
