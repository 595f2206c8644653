import { makeLogger } from '../../webhook/telemetry/logger';
import { makeTelemetry } from '../../webhook/telemetry/telemetry';
import type { Action, ActionResult } from '../../webhook/operation/step';
import { anEviction, podRef, aDecision, aDrain, aScaleUp, KEY, NOW } from '../support/builders';
import type { Telemetry } from '../../webhook/assembly/service';
import { seriesOf } from './series';

let lines: Record<string, unknown>[];
let telemetry: Telemetry;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  telemetry = makeTelemetry(makeLogger({ level: 'debug', destination }), {
    version: '1',
    clock: { now: () => NOW, sleep: () => Promise.resolve() },
  });
});

const IDS = { cluster: 'shop', pool: 'workers', operation: 'a', kind: 'scale-up' };

test('a phase that is entered is one line', () => {
  const before = aScaleUp('a');
  telemetry.operations.entered(KEY, { ...before, phase: 'rolling-back', reason: 'join-deadline' }, before);
  expect(lines).toMatchObject([
    { ...IDS, level: 'info', msg: 'entered phase', from: 'accepted', phase: 'rolling-back', reason: 'join-deadline' },
  ]);
});

test('what an operation waits for is one line until it is something else', () => {
  const drain = aDrain('a', 'i-1', { reason: 'volumes-attached', detail: 'pv-1, pv-2' });
  for (const detail of ['pv-1, pv-2', 'pv-1, pv-2', 'pv-2']) telemetry.operations.waits(KEY, { ...drain, detail });
  const line = { msg: 'was held up', node: 'i-1', reason: 'volumes-attached' };
  expect(lines).toMatchObject([
    { ...line, detail: 'pv-1, pv-2' },
    { ...line, detail: 'pv-2' },
  ]);
});

test('an operation that closes is one line with how long it took, and is counted', async () => {
  telemetry.operations.closed(KEY, aScaleUp('a', { phase: 'done', acceptedAt: NOW - 42_000 }), NOW);
  expect(lines).toMatchObject([{ ...IDS, msg: 'closed operation', phase: 'done', seconds: 42 }]);
  const { body } = await telemetry.metrics([], new Map());
  expect(Object.values(seriesOf(body, 'smartscale_operations_total'))).toEqual([1]);
});

const FAULT = { code: 'ec2-throttled', retryable: true, message: 'slow down' } as const;
const NODE = { name: 'i-1', uid: 'uid-i-1', instanceId: 'i-1' };
const PODS = [{ namespace: 'n', name: 'p', uid: 'u' }];
const OK = { result: 'ok' } as const;

interface Case {
  readonly action: Action;
  readonly result: ActionResult;
  readonly logged: readonly object[];
}

test.each<[string, Case]>([
  [
    'terminate',
    {
      action: { do: 'terminate', ids: ['i-1'] },
      result: OK,
      logged: [{ msg: 'terminated instances', instances: ['i-1'] }],
    },
  ],
  ['mark', { action: { do: 'mark', node: NODE }, result: OK, logged: [{ msg: 'cordoned node', node: 'i-1' }] }],
  ['unmark', { action: { do: 'unmark', node: NODE }, result: OK, logged: [{ msg: 'uncordoned node', node: 'i-1' }] }],
  [
    'delete-node',
    { action: { do: 'delete-node', node: NODE }, result: OK, logged: [{ msg: 'deleted node object', node: 'i-1' }] },
  ],
  [
    'remember-joined',
    {
      action: { do: 'remember-joined', ids: ['i-1'] },
      result: OK,
      logged: [{ msg: 'nodes joined', instances: ['i-1'] }],
    },
  ],
  [
    "mark of a node that is a person's",
    {
      action: { do: 'mark', node: NODE },
      result: { result: 'not-ours', reason: 'taken' },
      logged: [{ msg: 'left node alone', node: 'i-1', reason: 'taken' }],
    },
  ],
  [
    'create-fleet that failed',
    {
      action: { do: 'create-fleet', number: 1 },
      result: { result: 'failed', fault: FAULT },
      logged: [{ level: 'warn', msg: 'action failed', action: 'create-fleet', fault: FAULT }],
    },
  ],
  [
    'create-fleet that EC2 refused',
    {
      action: { do: 'create-fleet', number: 1 },
      result: { result: 'refused', fault: FAULT, elsewhere: false },
      logged: [{ level: 'warn', msg: 'action failed', action: 'create-fleet', fault: FAULT }],
    },
  ],
  [
    'create-fleet',
    {
      action: { do: 'create-fleet', number: 1 },
      result: { result: 'launched', instances: [{ id: 'i-1', zone: 'a' }], faults: [FAULT], elsewhere: true },
      logged: [{ level: 'info', msg: 'launched instances', instances: ['i-1'], faults: [FAULT] }],
    },
  ],
  [
    'evict that a budget refused in part',
    {
      action: { do: 'evict', pods: PODS },
      result: anEviction({ accepted: [podRef('p'), podRef('q')], refused: ['n/p: budget b'], fault: FAULT }),
      logged: [
        { msg: 'evicted pods', pods: 2 },
        { msg: 'evictions refused by budget', refused: ['n/p: budget b'] },
        { msg: 'action failed', fault: FAULT },
      ],
    },
  ],
  [
    'evict that passed over budgets, and one that two budgets keep',
    {
      action: { do: 'evict', pods: PODS },
      result: anEviction({
        forced: [{ ...podRef('p'), graceSeconds: 9 }],
        refused: ['n/q: two'],
        misconfigured: 'n/q: two',
      }),
      logged: [
        { level: 'warn', msg: 'deleted a pod past budgets and opt-outs', pod: { name: 'p', graceSeconds: 9 } },
        { level: 'warn', msg: 'evictions refused by budget', refused: ['n/q: two'] },
      ],
    },
  ],
  ['evict that changed nothing', { action: { do: 'evict', pods: PODS }, result: anEviction(), logged: [] }],
])('%s is told as what it was', (_what, { action, result, logged }) => {
  telemetry.operations.acted(KEY, aDrain('a', 'i-1'), action, result);
  expect(lines).toMatchObject(logged);
  expect(lines).toHaveLength(logged.length);
});

test('a scale-down says that it is one, and of which node', () => {
  telemetry.operations.closed(KEY, aDrain('d', 'i-7', { phase: 'done' }), NOW);
  expect(lines).toMatchObject([{ operation: 'd', kind: 'scale-down', node: 'i-7' }]);
});

test('a decision is counted, an alert that was turned away too, with what to do about it', async () => {
  telemetry.decided(KEY, aDecision());
  telemetry.turnedAway({ alert: 'HighCpu', cluster: 'other', pool: 'workers', reason: 'foreign' });
  telemetry.posted('ignored');
  telemetry.evaluated(KEY, 20);
  const { body } = await telemetry.metrics([], new Map());
  expect(Object.values(seriesOf(body, 'smartscale_decisions_total'))).toContain(1);
  expect(Object.values(seriesOf(body, 'smartscale_posts_total'))).toEqual([1]);
  expect(Object.values(seriesOf(body, 'smartscale_evaluation_seconds_count'))).toEqual([1]);
  expect(lines).toMatchObject([
    { level: 'warn', alert: 'HighCpu', reason: 'foreign', advice: expect.stringContaining('cluster') as string },
  ]);
});

test('a budget that refuses at every look is told once, and again when it says something else', () => {
  const [drain, other] = [aDrain('a', 'i-1'), aDrain('b', 'i-2')];
  const refuse = (operation: typeof drain, ...refused: string[]) =>
    telemetry.operations.acted(KEY, operation, { do: 'evict', pods: PODS }, anEviction({ refused }));
  for (let look = 0; look < 5; look += 1) refuse(drain, 'n/p: budget b');
  refuse(other, 'n/p: budget b');
  refuse(drain, 'n/p: budget c');
  telemetry.operations.closed(KEY, drain, NOW);
  expect(lines.map(({ operation, refused }) => [operation, refused])).toEqual([
    ['a', ['n/p: budget b']],
    ['b', ['n/p: budget b']],
    ['a', ['n/p: budget c']],
    ['a', undefined],
  ]);
});
