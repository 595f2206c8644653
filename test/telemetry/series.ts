/** One series of the Prometheus text format: its name with labels, in the order of the text, and its value. */
export function seriesIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** The series of one metric, by what stands between the braces. */
export function seriesOf(text: string, metric: string): Readonly<Record<string, number>> {
  const own = [...seriesIn(text)].filter(([name]) => name === metric || name.startsWith(`${metric}{`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(metric.length + 1, -1).replaceAll('"', ''), value]));
}
