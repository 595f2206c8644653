/** What is wrong with a configuration. */
export interface Mistake {
  /** Below context.smartscale. */
  readonly path: readonly string[];
  readonly message: string;
}
