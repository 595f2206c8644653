const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * What takes longest begins first, so that no worker is left with it alone at the end. jest knows that only from a run
 * before, and a fresh checkout has none: it would go by the size of files.
 */
const SLOWEST = [
  'end-to-end/crash/crash-at-every-step',
  'end-to-end/high-availability',
  'end-to-end/interruption',
  'end-to-end/flash-sale',
  'end-to-end/demo',
  'end-to-end/blindness',
  'histories/over-http',
  'k3s/server',
  'end-to-end/server/doors',
  'end-to-end/server/drained-workers',
  'k3s/upgrade',
  'k3s/worker',
  'k3s/failures',
  'histories/first-half',
  'histories/second-half',
  'scenarios/paused/paused',
  'histories/safety-rules',
  'scenarios/return-to-spot',
  'rules/steadiness',
  'rules/load',
  'rules/check-rules',
  'worker/smartscale-notices',
  'k3s/bundle',
  'scenarios/wrong-views',
  'adapters/redis/redis-adapter',
];

function rank({ path }) {
  const found = SLOWEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return found === -1 ? SLOWEST.length : found;
}

module.exports = class SlowestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
};
