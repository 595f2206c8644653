import { StoreWatch } from '../../webhook/assembly/store-watch';
import { SmartScaleError } from '../../webhook/errors';
import type { StoreInspection } from '../../webhook/ports';
import { makeLogger } from '../../webhook/telemetry/logger';
import { FakeClock, settled } from '../support/fake-clock';

const WELL: StoreInspection = { faults: [], unknown: [] };
const NO_TTL = new SmartScaleError('store-without-ttl', 'aws dynamodb update-time-to-live').fault;

let clock: FakeClock;
let lines: Record<string, unknown>[];
let asked: number;

function watching(...answers: readonly (StoreInspection | Error)[]): StoreWatch {
  const left = [...answers];
  const inspect = () => {
    asked += 1;
    const answer = left.shift() ?? WELL;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return new StoreWatch(inspect, clock, makeLogger({ level: 'info', destination }));
}

beforeEach(() => {
  [clock, lines, asked] = [new FakeClock(), [], 0];
});

test('a table that is well is looked at once, without a word', async () => {
  const watch = watching();
  watch.start();
  await clock.advance(3_600_000);
  expect(asked).toBe(1);
  expect(watch.faults).toEqual([]);
  expect(lines).toEqual([]);
  await watch.stop();
});

test('a fault is shown and told once, with what to do, and looked at every minute until it is mended', async () => {
  const bad = { faults: [NO_TTL], unknown: [] };
  const watch = watching(bad, bad, bad);
  watch.start();
  await clock.advance(125_000);
  expect(asked).toBe(3);
  expect(watch.faults).toEqual([NO_TTL]);
  expect(lines).toMatchObject([
    { level: 'warn', msg: 'out of order', part: 'store', fault: NO_TTL, advice: expect.any(String) as string },
  ]);
  expect(lines[0]).not.toHaveProperty('cluster');
  await clock.advance(3_600_000);
  expect(asked).toBe(4);
  expect(watch.faults).toEqual([]);
  expect(lines[1]).toMatchObject({ level: 'info', msg: 'in order again', code: 'store-without-ttl' });
  await watch.stop();
});

test('what nobody may ask is said once at info, and is no fault', async () => {
  const watch = watching({ faults: [], unknown: ['DescribeTable: AccessDeniedException'] });
  watch.start();
  await clock.advance(3_600_000);
  expect(asked).toBe(1);
  expect(watch.faults).toEqual([]);
  expect(lines).toMatchObject([{ level: 'info', unknown: ['DescribeTable: AccessDeniedException'] }]);
  await watch.stop();
});

test('a store that does not answer is asked again, without a word', async () => {
  const watch = watching(new SmartScaleError('store-unreachable', 'timeout'), { faults: [NO_TTL], unknown: [] });
  watch.start();
  await clock.advance(59_000);
  expect([asked, lines.length]).toEqual([1, 0]);
  await clock.advance(1_000);
  expect(watch.faults).toEqual([NO_TTL]);
  await watch.stop();
});

test('nothing is asked after the end', async () => {
  const watch = watching(new Error('what?'));
  watch.start();
  await settled();
  await watch.stop();
  await clock.advance(3_600_000);
  expect(asked).toBe(1);
  expect(clock.sleeping).toBe(0);
});
