/** RESP 2, the protocol of Redis: what clients write and what they are answered. Source: redis.io/docs/latest/develop/reference/protocol-spec. */

/** Cuts what a connection brings into commands; a command may come in many pieces, or many in one. */
export class CommandReader {
  private rest = Buffer.alloc(0);

  /** The commands that are whole by now. Throws an Error with Redis' words when it is no RESP. */
  read(piece: Buffer): readonly (readonly string[])[] {
    this.rest = Buffer.concat([this.rest, piece]);
    const commands: (readonly string[])[] = [];
    for (let command = this.next(); command !== null; command = this.next()) commands.push(command);
    return commands;
  }

  private next(): readonly string[] | null {
    const count = this.numberAt(0, '*');
    if (count === null) return null;
    let { end } = count;
    const words: string[] = [];
    for (let i = 0; i < count.value; i += 1) {
      const length = this.numberAt(end, '$');
      if (length === null || this.rest.length < length.end + length.value + 2) return null;
      words.push(this.rest.toString('utf8', length.end, length.end + length.value));
      end = length.end + length.value + 2;
    }
    this.rest = this.rest.subarray(end);
    return words;
  }

  /** A line of this kind that holds a number, and where it ends; null when it is not whole yet. */
  private numberAt(start: number, kind: '*' | '$'): { readonly value: number; readonly end: number } | null {
    const lineEnd = this.rest.indexOf('\r\n', start);
    if (lineEnd < 0) return null;
    const line = this.rest.toString('latin1', start, lineEnd);
    const value = Number(line.slice(1));
    if (line[0] !== kind || !Number.isInteger(value) || value < 0) {
      throw new Error(`ERR Protocol error: expected '${kind}', got '${line[0] ?? ''}'`);
    }
    return { value, end: lineEnd + 2 };
  }
}

/** What a command is answered with, as it goes over the wire. */
export const reply = {
  simple: (text: string) => `+${text}\r\n`,
  error: (text: string) => `-${text}\r\n`,
  integer: (value: number) => `:${value}\r\n`,
  bulk: (text: string | null) => (text === null ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`),
  list: (parts: readonly string[]) => `*${parts.length}\r\n${parts.join('')}`,
};
