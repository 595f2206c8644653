/** What a terminal obeys or what turns a line around: control characters, line separators, marks of direction, half characters. */
const HARMFUL = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/u;

/**
 * A text from outside as people may see it and as it may be stored: one line of at most `longest` characters.
 * Made anew of its characters: a slice would keep the whole of a text of a megabyte in memory.
 */
export function oneLine(text: string, longest = 200): string {
  const shown = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return Array.from(shown, (character) => (HARMFUL.test(character) ? '\ufffd' : character)).join('');
}

export function isOneLine(text: string): boolean {
  return !HARMFUL.test(text);
}
