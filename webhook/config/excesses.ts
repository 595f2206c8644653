/**
 * What no configuration needs and what would keep its reader busy for minutes, or end the process where nothing can be
 * caught: deep nesting, maps of thousands of keys, aliases by the hundred. Looked for in the tokens, which cost nothing.
 */
import { LineCounter, Parser, type CST } from 'yaml';

/** Characters. A hundred pools need less. */
export const LARGEST = 256 * 1024;
const DEEPEST = 30;
const MOST_ENTRIES = 1000;
const MOST_ALIASES = 100;

/** One line for the first excess, null for a text that may be read. */
export function excessOf(text: string): string | null {
  if (text.length > LARGEST) return `the file must not be larger than ${LARGEST / 1024} KiB`;
  const lines = new LineCounter();
  let aliases = 0;
  for (const { token, depth } of tokensOf(text, lines)) {
    if (token.type === 'alias') aliases += 1;
    const excess = excessOfToken(token, depth) ?? (aliases > MOST_ALIASES ? `at most ${MOST_ALIASES} aliases` : null);
    if (excess) return `line ${lines.linePos(token.offset).line}: there must be ${excess}`;
  }
  return null;
}

function excessOfToken(token: CST.Token, depth: number): string | null {
  if (depth > DEEPEST) return `at most ${DEEPEST} levels, one in another`;
  // As the name of a pool or label it would be passed over without a word.
  if ('source' in token && /^["']?__proto__["']?$/.test(token.source)) return 'no __proto__';
  return 'items' in token && token.items.length > MOST_ENTRIES ? `at most ${MOST_ENTRIES} entries in one place` : null;
}

interface Placed {
  readonly token: CST.Token;
  readonly depth: number;
}

/** Every token, in no order and without recursion. */
function* tokensOf(text: string, lines: LineCounter): Generator<Placed> {
  for (const root of new Parser(lines.addNewLine).parse(text)) {
    const waiting: Placed[] = [{ token: root, depth: 0 }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      yield next;
      const depth = next.depth + 1;
      waiting.push(...childrenOf(next.token).map((token) => ({ token, depth })));
    }
  }
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : [];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((it) => it !== null && it !== undefined));
}
