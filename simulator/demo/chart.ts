/** One number over time, as the points at which it changed. `at` in any unit, rising. */
export interface Change {
  readonly at: number;
  readonly value: number;
}

/** The value that holds at `at`; the first one before the series begins. */
export function valueHolding(series: readonly Change[], at: number): number {
  return series.findLast((change) => change.at <= at)?.value ?? series[0]?.value ?? 0;
}

/** Integral of the series from its first point to `end`: node-milliseconds for nodes over milliseconds. */
export function area(series: readonly Change[], end: number): number {
  return series.reduce((total, change, i) => {
    const until = Math.min(series[i + 1]?.at ?? end, end);
    return total + Math.max(0, until - change.at) * change.value;
  }, 0);
}

export interface ChartLine {
  readonly mark: string;
  readonly series: readonly Change[];
}

/**
 * A small chart in text: one row a value, one column a slice of time. Lines later in the list are drawn over earlier
 * ones. `ticks` labels the time axis.
 */
export function chart(lines: readonly ChartLine[], from: number, to: number, width: number): string[] {
  const top = Math.max(1, ...lines.flatMap((line) => line.series.map((change) => change.value)));
  const rows = Array.from({ length: Math.ceil(top) }, (_, i) => Math.ceil(top) - i);
  const columns = Array.from({ length: width }, (_, i) => from + ((i + 0.5) / width) * (to - from));
  return rows.map((row) => {
    const cells = columns.map((at) => lines.findLast((line) => covers(line, row, at))?.mark ?? ' ');
    return `${String(row).padStart(4)} │${cells.join('').trimEnd()}`;
  });
}

/** Bars are filled from zero up to the value. */
function covers(line: ChartLine, row: number, at: number): boolean {
  return Math.ceil(valueHolding(line.series, at)) >= row;
}
