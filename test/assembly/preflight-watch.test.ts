import { PreflightWatch, preflightTroubles } from '../../webhook/assembly/preflight-watch';
import { finding, type Finding } from '../../webhook/preflight/judgement/finding';
import { makeLogger } from '../../webhook/telemetry/logger';
import { FakeClock, settled } from '../support/fake-clock';

const POOL = { cluster: 'shop', pool: 'workers' };
const PROBLEM = finding(POOL, 'template-missing', 'launch.template.id', 'lt-1 does not exist');
const WARNING = finding(POOL, 'spot-few-types', 'launch.instanceTypes', '2 types');
const UNKNOWN = finding({ cluster: 'shop' }, 'not-checked', 'ec2', 'quotas');
const SILENCE = finding({ cluster: 'shop' }, 'ec2-unreachable', 'ec2', 'timeout');
const MINUTE = 60_000;

let clock: FakeClock;
let lines: Record<string, unknown>[];
let asked: number;

function watching(...answers: readonly (readonly Finding[] | Error)[]): PreflightWatch {
  const left = [...answers];
  const check = () => {
    asked += 1;
    const answer = left.shift() ?? [];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return new PreflightWatch({ cluster: 'shop', check, clock, log: makeLogger({ level: 'info', destination }) });
}

const told = () => lines.map(({ level, msg, finding: it }) => [level, msg, (it as Finding | undefined)?.code]);

beforeEach(() => {
  [clock, lines, asked] = [new FakeClock(), [], 0];
});

test('what is in order is looked at once, without a word', async () => {
  const watch = watching([]);
  watch.start();
  await clock.advance(60 * MINUTE);
  expect([asked, lines, watch.findings]).toEqual([1, [], []]);
});

test('a problem is told once with what to do, looked at every ten minutes, and told when it is mended', async () => {
  const watch = watching([PROBLEM, WARNING], [PROBLEM, WARNING], [WARNING]);
  watch.start();
  await clock.advance(10 * MINUTE - 1);
  expect(asked).toBe(1);
  expect(watch.findings).toEqual([PROBLEM, WARNING]);
  expect(lines[0]).toMatchObject({
    cluster: 'shop',
    pool: 'workers',
    finding: { code: 'template-missing', key: 'clusters.shop.pools.workers.launch.template.id' },
    advice: PROBLEM.advice,
  });
  await clock.advance(60 * MINUTE);
  expect(told()).toEqual([
    ['warn', 'preflight found something', 'template-missing'],
    ['warn', 'preflight found something', 'spot-few-types'],
    ['warn', 'preflight still finds problems', undefined],
    ['info', 'preflight finds it no more', 'template-missing'],
  ]);
  expect(lines[2]).toMatchObject({ problems: 1, codes: ['template-missing'] });
  expect([asked, watch.findings]).toEqual([3, [WARNING]]);
});

test('warnings, and what nobody knows, are told once and not looked at again', async () => {
  const watch = watching([WARNING, UNKNOWN]);
  watch.start();
  await clock.advance(60 * MINUTE);
  expect(told()).toEqual([
    ['warn', 'preflight found something', 'spot-few-types'],
    ['info', 'preflight found something', 'not-checked'],
  ]);
  expect(asked).toBe(1);
});

test('while EC2 does not answer it is asked every minute, and what was found before stands', async () => {
  const watch = watching([PROBLEM], [SILENCE], [SILENCE], []);
  watch.start();
  await clock.advance(11 * MINUTE - 1);
  expect([asked, watch.findings]).toEqual([2, [PROBLEM]]);
  await clock.advance(60 * MINUTE);
  expect([asked, watch.findings]).toEqual([4, []]);
  expect(JSON.stringify(lines)).not.toContain('ec2-unreachable');
});

test('a check that breaks breaks nothing else, and is tried again', async () => {
  const watch = watching(new Error('what?'), [PROBLEM]);
  watch.start();
  await clock.advance(10 * MINUTE);
  expect(watch.findings).toEqual([PROBLEM]);
  expect(lines[0]).toMatchObject({ level: 'error', msg: 'could not carry out the preflight' });
  watch.stop();
});

test('nothing is asked after the end, and what comes too late is dropped', async () => {
  const watch = watching([PROBLEM]);
  watch.start();
  watch.stop();
  await clock.advance(60 * MINUTE);
  await settled();
  expect([asked, watch.findings, lines, clock.sleeping]).toEqual([1, [], [], 0]);
});

test('/readyz is told of problems only, each with its code, its key and its own advice', () => {
  expect(preflightTroubles([WARNING, PROBLEM, UNKNOWN])).toEqual([
    {
      part: 'preflight of workers',
      code: 'preflight-problem',
      retryable: false,
      message: `template-missing (${PROBLEM.key}): lt-1 does not exist`,
      advice: PROBLEM.advice,
    },
  ]);
});
