/** Remembers since when each finding has been seen without a break. A run that breaks starts again. */
export class Suspects {
  private since = new Map<string, number>();

  /**
   * Takes the findings of a complete observation and answers with those that an observation at least `distance`
   * milliseconds earlier, within the same unbroken run, had too.
   */
  confirmed<F extends { readonly id: string }>(
    found: readonly F[],
    seen: { readonly at: number; readonly completeSince: number },
    distance: number,
  ): readonly F[] {
    const before = this.since;
    this.since = new Map(
      found.map((finding) => {
        const first = before.get(finding.id);
        return [finding.id, first !== undefined && first >= seen.completeSince ? first : seen.at];
      }),
    );
    return found.filter((finding) => seen.at - (this.since.get(finding.id) ?? seen.at) >= distance);
  }
}
