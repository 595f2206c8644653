/** Months as EC2 bills them, in UTC. */
export function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}

/** Epoch milliseconds. */
export function beginOf(month: string): number {
  return Date.parse(`${month}-01T00:00:00Z`);
}

export function endOf(month: string): number {
  const begin = new Date(beginOf(month));
  return Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1);
}

export function monthBefore(month: string): string {
  return monthOf(beginOf(month) - 1);
}
