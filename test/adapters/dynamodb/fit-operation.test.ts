import { fitOperation } from '../../../webhook/adapters/dynamodb/fit-operation';
import type { Operation, ScaleDown, ScaleUp } from '../../../webhook/model/operation';
import { NOW, aScaleDown, aScaleUp } from '../../contracts/store-samples';
import { itemSize } from './item-size';

const LIMIT = 2048;
const essay = 'Ä malformed request was refused; '.repeat(200);

/** Every optional field set, every text as long as its source allows: host names 64, zones 24, node names 253, rules endless. */
const texts = {
  id: 'z'.repeat(32),
  owner: 'h'.repeat(64),
  lastError: { code: 'ec2-termination-protected', retryable: false, message: essay },
  reason: essay,
  detail: essay,
  trigger: { alert: essay, nodes: 1234.5678901234, have: 1000, urgent: true, topUp: true, heardAt: NOW },
} as const;

const ZONE = 'us-east-1-wl1-bos-wlz-1a';

/** The longest that instances can be: two that ended tell how, the others joined before they went. What replaces a node launches one. */
const fullScaleUp: Required<Omit<ScaleUp, 'replaces'>> = {
  ...(aScaleUp() as Required<ScaleUp>),
  ...texts,
  revision: 100_000,
  planned: 10,
  attempt: 100,
  settled: 100,
  elsewhere: true,
  answered: true,
  launchedAt: NOW,
  consolesKept: true,
  quietSince: NOW,
  podSet: '99999-0123456789abcdef',
  zones: [ZONE, ZONE, ZONE],
  instances: Array.from({ length: 10 }, (_, i) => ({
    id: 'i-0123456789abcdef0',
    zone: ZONE,
    goneAt: NOW,
    ...(i < 2
      ? { ended: { class: 'ec2-bad-configuration' as const, type: 'u-12tb1.112xlarge', spot: true } }
      : { joinedAt: NOW }),
  })),
};

const fullScaleDown: Required<ScaleDown> = {
  ...(aScaleDown() as Required<ScaleDown>),
  ...texts,
  revision: 100_000,
  node: { name: 'n'.repeat(253), uid: 'u'.repeat(36), instanceId: 'i-0123456789abcdef0' },
  confirmedAt: NOW,
  deadline: NOW,
  cancelledBy: 'z'.repeat(32),
  forced: true,
  exchanged: true,
  notice: { kind: 'interruption', at: NOW },
  terminateSentAt: NOW,
  evicted: 250,
  pods: 250,
  emptiedAt: NOW,
  failingSince: NOW,
};

/** As part of the pool item: its id is also the name under which it stands there. */
const storedSize = (operation: Operation): number =>
  Buffer.byteLength(operation.id) + 1 + itemSize(fitOperation(operation));

test('counts bytes as DynamoDB does', () => {
  expect(itemSize({ ab: 'é', n: 123, ok: true, none: null, list: ['x', 10] })).toBe(
    3 + (1 + 2 + 2) + (1 + 1 + 3) + (1 + 2 + 1) + (1 + 4 + 1) + (1 + 4 + (3 + (1 + 1) + (1 + 2))),
  );
});

test.each([
  ['scale-up of ten', fullScaleUp],
  ['scale-down', fullScaleDown],
])('a %s with everything set stays under 2 KB', (_what, operation) => {
  expect(storedSize(operation)).toBeLessThan(LIMIT);
});

test('a hundred of the largest fit into one item of 400 KB', () => {
  expect(100 * storedSize(fullScaleUp)).toBeLessThan(400 * 1024);
});

test('cuts whole characters and shows that something is missing', () => {
  const { lastError } = fitOperation({ ...fullScaleUp, lastError: { ...texts.lastError, message: '€'.repeat(500) } });
  expect(lastError?.message).toMatch(/^€+…$/);
  expect(Buffer.byteLength(lastError?.message ?? '')).toBeGreaterThan(166);
  expect(Buffer.byteLength(lastError?.message ?? '')).toBeLessThanOrEqual(172);
});

test('keeps of a scale-down whole what it says of five nodes', () => {
  const why = 'budget payments/checkout-service of pod payments/checkout-service-7d9f8b6c5d-x2x4z allows no disruption';
  const detail = Array.from({ length: 5 }, (_, i) => `i-0123456789abcdef${i}: ${why}`).join('; ');
  expect(fitOperation(aScaleDown({ detail })).detail).toBe(detail);
});

test('leaves alone what fits', () => {
  for (const operation of [aScaleUp(), aScaleDown({ detail: 'waits for ten pods', reason: 'not-confirmed' })]) {
    expect(fitOperation(operation)).toStrictEqual(operation);
  }
});
