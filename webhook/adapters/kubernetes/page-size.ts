/** How many items to ask for, so that a page can be parsed and reduced without holding the event loop. */

/** The page size of kubectl. */
const MOST_ITEMS = 500;
/** Characters. `JSON.parse` takes some 5 ms for a million of them. */
const AIM = 1_000_000;
const LARGEST = 3_000_000;

export class PageSize {
  limit = MOST_ITEMS;
  private refused = Infinity;

  /** Whether to ask for the same page again, now with fewer items. A server that gives no smaller one is taken as it is. */
  isTooLarge(characters: number): boolean {
    if (characters <= LARGEST || this.limit === 1 || characters >= this.refused) return false;
    this.refused = characters;
    this.limit = Math.max(1, Math.min(this.limit >> 1, Math.floor((this.limit * AIM) / characters)));
    return true;
  }

  /** After a page that was taken. */
  learn(characters: number, items: number): void {
    this.refused = Infinity;
    if (items > 0) this.limit = Math.max(1, Math.min(MOST_ITEMS, Math.floor((AIM * items) / characters)));
  }
}
