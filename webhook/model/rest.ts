/** Written on a node whose drain came to nothing: the node is left alone for a while. */
export interface Rest {
  /** Drains in a row that came to nothing. */
  readonly failures: number;
  /** Epoch milliseconds. */
  readonly until: number;
}
