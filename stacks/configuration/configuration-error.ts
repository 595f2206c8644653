/** Lists every mistake at once. */
export class ConfigurationError extends Error {
  constructor(
    source: string,
    readonly mistakes: readonly string[],
  ) {
    super([`${source} cannot be used:`, ...mistakes.map((mistake) => `  - ${mistake}`)].join('\n'));
    this.name = 'ConfigurationError';
  }
}
