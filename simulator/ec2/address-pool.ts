/** EC2 keeps the first four addresses and the last one of every subnet. */
const RESERVED_AT_START = 4;
const RESERVED = 5;

/** The IPv4 addresses of one subnet, handed out in turn so that a fresh instance does not get a dead one's address. */
export class AddressPool {
  private readonly base: number;
  private readonly size: number;
  private readonly taken = new Set<number>();
  private cursor = 0;

  constructor(readonly cidr: string) {
    const [address = '', prefix = '32'] = cidr.split('/');
    this.base = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    this.size = Math.max(0, 2 ** (32 - Number(prefix)) - RESERVED);
  }

  get free(): number {
    return this.size - this.taken.size;
  }

  take(): string {
    if (this.free === 0) throw new RangeError(`No free address in ${this.cidr}`);
    while (this.taken.has(this.cursor)) this.advance();
    const host = this.cursor;
    this.taken.add(host);
    this.advance();
    return dotted(this.base + RESERVED_AT_START + host);
  }

  release(address: string): void {
    const host = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) - this.base - RESERVED_AT_START;
    this.taken.delete(host);
  }

  private advance(): void {
    this.cursor = (this.cursor + 1) % this.size;
  }
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
