/** Calls before which only late-calls.test.ts pauses a process. */
export const LATE_CALLS = {
  order: 'store.setPause',
  readiness: 'store.ping',
  prices: 'ec2.spotPrices',
  countedBefore: 'store.readCost',
  count: 'store.putCost',
} as const;
