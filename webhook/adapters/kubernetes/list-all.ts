/** Reads a whole collection page by page. */
import { refusalOf } from './refusal';

export interface Page<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly _continue?: string };
}

/** The page size of kubectl. */
const PAGE = 500;
/** A token lives five minutes; a list that expires three times is not going to end. */
const RESTARTS = 3;

/**
 * `map` is applied page by page, so that only one page is held in the server's shape.
 * Begins again when the list expires under way (410): the server's own continuation would mix two states of the world.
 */
export async function listAll<T, R>(
  readPage: (query: { limit: number; _continue?: string }) => Promise<Page<T>>,
  map: (item: T) => R,
): Promise<readonly R[]> {
  for (let restart = 0; ; restart++) {
    try {
      return await readPages(readPage, map);
    } catch (error) {
      if (refusalOf(error)?.status !== 410 || restart === RESTARTS) throw error;
    }
  }
}

async function readPages<T, R>(
  readPage: (query: { limit: number; _continue?: string }) => Promise<Page<T>>,
  map: (item: T) => R,
): Promise<R[]> {
  const found: R[] = [];
  let token: string | undefined;
  do {
    const page = await readPage({ limit: PAGE, ...(token !== undefined && { _continue: token }) });
    // A proxy's page is no empty cluster: unknown is not zero.
    if (!page.items) throw new Error('the answer is not a list');
    for (const item of page.items) found.push(map(item));
    // The last page has an empty token.
    token = page.metadata?._continue || undefined;
  } while (token !== undefined);
  return found;
}
