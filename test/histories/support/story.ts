/** What happened, in words of the domain, for whoever has to find out why an invariant broke. */
const LONGEST = 160;
const BEGINNING = 12;

export class Story {
  private readonly lines: string[] = [];
  private dropped = 0;

  private readonly begun: number;

  constructor(
    readonly seed: number,
    /** The command that plays it again. */
    private readonly replay: string,
    private readonly now: () => number,
  ) {
    this.begun = now();
  }

  tell(text: string): void {
    this.lines.push(`${((this.now() - this.begun) / 1000).toFixed(2).padStart(9)} s  ${text}`);
    if (this.lines.length <= LONGEST) return;
    this.lines.splice(BEGINNING, 1);
    this.dropped += 1;
  }

  /** The whole story with its end: what must never happen, or null when it ended well. */
  endedBy(broken: Broken | null): string {
    const gap = this.dropped > 0 ? [`           ... ${this.dropped} events left out ...`] : [];
    return [
      broken ? `BROKEN: ${broken.message}` : 'ended well',
      `seed ${this.seed}; replay: ${this.replay}`,
      ...this.lines.slice(0, BEGINNING),
      ...gap,
      ...this.lines.slice(BEGINNING),
    ].join('\n');
  }
}

/** Something happened that must never happen. */
export class Broken extends Error {
  constructor(
    /** Short name of the invariant, by which tests tell them apart. */
    readonly invariant: string,
    message: string,
  ) {
    super(`${invariant}: ${message}`);
    this.name = 'Broken';
  }
}
