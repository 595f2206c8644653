/** The table of metrics in CONTRACT.md: metric name to the labels that rules may read. */
export function contractTable(markdown: string): Map<string, readonly string[]> {
  const rows = markdown.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const metrics = rows.flatMap(([, metric = '', labels = '', from = '']) => {
    const name = /^`([a-z_A-Z:0-9]+)`$/.exec(metric)?.[1];
    const isMetric = name !== undefined && /^(kube-state-metrics|node-exporter|webhook)$/.test(from);
    return isMetric ? [[name, [...labels.matchAll(/`([^`]+)`/g)].map(([, label = '']) => label)] as const] : [];
  });
  return new Map(metrics);
}
