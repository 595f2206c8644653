import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePayload } from '../../webhook/alertmanager/payload';
import { SmartScaleError } from '../../webhook/errors';
import { measured } from '../support/measured';
import { body, posted } from './posted';

const RECORDED = join(__dirname, '..', 'fixtures', 'payloads');
const files = readdirSync(RECORDED).filter((name) => name.endsWith('.json'));

interface Recorded {
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly alerts: readonly { readonly status: string; readonly fingerprint: string; readonly startsAt: string }[];
}

function read(name: string): Recorded {
  return JSON.parse(readFileSync(join(RECORDED, name), 'utf8')) as Recorded;
}

function refused(given: unknown): SmartScaleError {
  try {
    parsePayload(given);
  } catch (error) {
    if (error instanceof SmartScaleError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

function refusal(given: unknown): string {
  const { code, message } = refused(given);
  expect(code).toBe('bad-payload');
  return message;
}

test('posts of three versions of Alertmanager are recorded', () => {
  for (const version of ['0.25.0', '0.28.1', '0.33.1']) {
    expect(files.filter((name) => name.includes(version))).toHaveLength(7);
  }
});

test.each(files)('%s is read', (name) => {
  const recorded = read(name);
  const payload = parsePayload(recorded);
  expect(payload.groupKey).toBe(recorded.groupKey);
  expect(payload.truncatedAlerts).toBe(name.includes('truncated') ? recorded.truncatedAlerts : 0);
  expect(payload.alerts.map(({ status, fingerprint }) => ({ status, fingerprint }))).toEqual(
    recorded.alerts.map(({ status, fingerprint }) => ({ status, fingerprint })),
  );
  expect(payload.alerts.map(({ startsAt }) => new Date(startsAt).toISOString())).toEqual(
    recorded.alerts.map(({ startsAt }) => new Date(startsAt).toISOString()),
  );
});

test('a start with nanoseconds and a zone is read to the millisecond', () => {
  const { alerts } = parsePayload(body([posted({ startsAt: '2026-11-22T03:31:17.632987654+02:00' })]));
  expect(alerts[0]?.startsAt).toBe(Date.parse('2026-11-22T01:31:17.632Z'));
});

test('fields that newer versions add are accepted and dropped', () => {
  const payload = parsePayload(body([posted({ added: 1 })], { routeLabels: { team: 'a' }, notification_reason: 'x' }));
  expect(payload).not.toHaveProperty('routeLabels');
  expect(payload.alerts[0]).not.toHaveProperty('added');
});

test.each([undefined, null])('annotations that are %s are none', (annotations) => {
  expect(parsePayload(body([posted({ annotations })])).alerts[0]?.annotations).toEqual({});
});

test.each<[string, unknown, RegExp]>([
  ['no body', undefined, /^body: must be a JSON object$/],
  ['a list', [], /^body: must be a JSON object$/],
  ['an empty object', {}, /version: must be "4".*groupKey: .*alerts: /],
  ['version 3', body([], { version: '3' }), /^version: must be "4"$/],
  ['the number 4', body([], { version: 4 }), /^version: must be "4"$/],
  ['an empty groupKey', body([], { groupKey: '' }), /^groupKey: must not be empty$/],
  ['alerts that are no list', body([], { alerts: {} }), /^alerts: /],
  ['a third state', body([posted({ status: 'pending' })]), /^alerts\.0\.status: must be "firing" or "resolved"$/],
  ['a label that is no text', body([posted(), posted({ labels: { pool: 7 } })]), /^alerts\.1\.labels\.pool: /],
  ['labels that are a list', body([posted({ labels: ['up'] })]), /^alerts\.0\.labels: must be a map of texts$/],
  ['no labels', body([posted({ labels: undefined })]), /^alerts\.0\.labels: must be a map of texts$/],
  [
    'a fingerprint of a page',
    body([posted({ fingerprint: 'f'.repeat(101) })]),
    /fingerprint: must not be longer than 100/,
  ],
  ['no fingerprint', body([posted({ fingerprint: undefined })]), /^alerts\.0\.fingerprint: /],
  ['a start that is no time', body([posted({ startsAt: 'yesterday' })]), /^alerts\.0\.startsAt: must be a time/],
  ['an empty start', body([posted({ startsAt: '' })]), /^alerts\.0\.startsAt: must be a time/],
])('%s is refused and the field is named', (_what, given, words) => {
  expect(refusal(given)).toMatch(words);
});

test('of a map with a hundred thousand wrong values one is named', () => {
  const labels = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`l${n}`, n]));
  expect(refusal(body([posted({ labels })]))).toBe('alerts.0.labels.l0: must be text');
});

test('a label of a form that Prometheus does not allow is not named in the refusal', () => {
  for (const label of ['Bearer abc', 'x'.repeat(65), '\u001b[2J', '']) {
    expect(refusal(body([posted({ labels: { [label]: 7 } })]))).toBe('alerts.0.labels.?: must be text');
  }
});

test.each([[5000, 'bad-payload'] as const, [5001, 'body-too-large'] as const, [349_000, 'body-too-large'] as const])(
  'a body of %i empty alerts is %s, and costs no seconds',
  (length, code) => {
    const { value, cpuMs } = measured(() => refused(body(Array.from({ length }, () => ({})))));
    expect(value).toMatchObject({ code });
    expect(cpuMs).toBeLessThan(2000);
  },
);

test('of a hundred wrong alerts five fields are named and the rest is counted', () => {
  const message = refusal(body(Array.from({ length: 100 }, () => posted({ status: 'x' }))));
  expect(message.match(/alerts\.\d+\.status/g)).toHaveLength(5);
  expect(message).toMatch(/; 95 more$/);
});

test('a refusal repeats nothing of the body', () => {
  const marker = 'a-secret-that-was-sent';
  const wrong = { version: marker, status: marker, startsAt: marker };
  expect(refusal(body([posted(wrong), marker], { version: marker, [marker]: marker }))).not.toContain(marker);
});

test('a body that tries to reach prototypes reaches none', () => {
  const text = JSON.stringify(body([posted()])).replace(
    '"labels":{',
    '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"labels":{"__proto__":"polluted",',
  );
  const payload = parsePayload(JSON.parse(text));
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.getPrototypeOf(payload.alerts[0]?.labels)).toBe(Object.prototype);
  expect(payload.alerts[0]).not.toHaveProperty('polluted');
});
