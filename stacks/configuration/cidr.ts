/** Arithmetic of IPv4 blocks. */
export interface Cidr {
  readonly text: string;
  /** First address, as a number. */
  readonly first: number;
  /** Addresses in it. */
  readonly size: number;
  readonly prefix: number;
}

const FORM = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Null for what is no block, and for one whose address is not its first. */
export function parseCidr(text: string): Cidr | null {
  const numbers = FORM.exec(text)?.slice(1).map(Number);
  if (!numbers) return null;
  const [prefix = 0, ...bytes] = [numbers[4], ...numbers.slice(0, 4)] as number[];
  if (prefix > 32 || bytes.some((byte) => byte > 255)) return null;
  const first = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { text, first, size, prefix } : null;
}

export function overlaps(one: Cidr, other: Cidr): boolean {
  return one.first < other.first + other.size && other.first < one.first + one.size;
}

/** `others`: blocks. */
export function overlapsAny(text: string, others: readonly string[]): boolean {
  const one = parseCidr(text);
  return others.flatMap((it) => parseCidr(it) ?? []).some((it) => one !== null && overlaps(one, it));
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && inner.first + inner.size <= outer.first + outer.size;
}

/** The n-th of the 2^bits equal parts of a block. */
export function part({ first, prefix }: Cidr, bits: number, n: number): Cidr {
  const size = 2 ** (32 - prefix - bits);
  const start = first + n * size;
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256);
  return { text: `${bytes.join('.')}/${prefix + bits}`, first: start, size, prefix: prefix + bits };
}

/** What is left for machines: AWS keeps the first four addresses of a subnet and the last. */
export function usable({ size }: Cidr): number {
  return Math.max(0, size - 5);
}
