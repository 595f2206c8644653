/** `smartscale_decisions_total` of a Prometheus text, as "outcome reason" -> count. */
export function decisionsCounted(text: string): ReadonlyMap<string, number> {
  const counted = new Map<string, number>();
  for (const [, labels = '', value] of text.matchAll(/^smartscale_decisions_total\{(.*)\} (\d+)$/gm)) {
    const outcome = /outcome="([^"]*)"/.exec(labels)?.[1] ?? '';
    const reason = /reason="([^"]*)"/.exec(labels)?.[1] ?? '';
    const answer = reason === 'accepted' ? outcome : `${outcome}: ${reason}`;
    counted.set(answer, (counted.get(answer) ?? 0) + Number(value));
  }
  return counted;
}
