import { TroubleLog, type Trouble } from '../../webhook/assembly/trouble-log';
import { ERRORS } from '../../webhook/errors';
import { makeLogger } from '../../webhook/telemetry/logger';

const EC2: Trouble = { part: 'ec2', code: 'ec2-unreachable', retryable: true, message: 'no route' };
const STORE: Trouble = { part: 'store', code: 'store-unreachable', retryable: true, message: 'timeout' };

let lines: Record<string, unknown>[];
let log: TroubleLog;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  log = new TroubleLog('prod', makeLogger({ level: 'info', destination }));
});

test('says once what is out of order and what to do, however many looks see it', () => {
  log.note([EC2]);
  log.note([{ ...EC2, message: 'still no route' }]);
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: 'out of order',
      cluster: 'prod',
      part: 'ec2',
      fault: { code: 'ec2-unreachable', retryable: true, message: 'no route' },
      advice: ERRORS['ec2-unreachable'].advice,
    }),
  ]);
});

test('says once when a part is in order again, whatever else is not', () => {
  log.note([EC2, STORE]);
  log.note([STORE]);
  log.note([STORE]);
  expect(lines.slice(2)).toEqual([
    expect.objectContaining({ level: 'info', msg: 'in order again', part: 'ec2', code: 'ec2-unreachable' }),
  ]);
});

test('says it again when it comes back', () => {
  for (const troubles of [[EC2], [], [EC2]]) log.note(troubles);
  expect(lines.map(({ msg }) => msg)).toEqual(['out of order', 'in order again', 'out of order']);
});

test('names no cluster where all of them share the part', () => {
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const shared = new TroubleLog(null, makeLogger({ level: 'info', destination }));
  shared.note([STORE]);
  shared.note([]);
  expect(lines.map(({ msg, part }) => [msg, part])).toEqual([
    ['out of order', 'store'],
    ['in order again', 'store'],
  ]);
  expect(lines.every((line) => !('cluster' in line))).toBe(true);
});

test('says nothing while all is well', () => {
  log.note([]);
  log.note([]);
  expect(lines).toEqual([]);
});
