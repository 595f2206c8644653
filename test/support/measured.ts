export interface Measured<T> {
  readonly value: T;
  /** What it cost this process: unlike its length, the same on a machine that does other things too. */
  readonly cpuMs: number;
}

export function measured<T>(work: () => T): Measured<T> {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, cpuMs: (user + system) / 1000 };
}
