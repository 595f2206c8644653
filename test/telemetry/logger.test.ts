import { SmartScaleError } from '../../webhook/errors';
import { makeLogger, type LogLevel } from '../../webhook/telemetry/logger';

function logged(act: (log: ReturnType<typeof makeLogger>) => void, level: LogLevel = 'info') {
  const lines: string[] = [];
  act(makeLogger({ level, fields: { replica: 'a' }, destination: { write: (line) => lines.push(line) } }));
  return { text: lines.join(''), records: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line is one JSON object with level, time, replica, fields and message', () => {
  const { records } = logged((log) => log.info({ pool: 'workers' }, 'launched instances'));
  expect(records).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      replica: 'a',
      pool: 'workers',
      msg: 'launched instances',
    },
  ]);
});

test('lines below the level are not written', () => {
  expect(logged((log) => log.debug('x')).text).toBe('');
  expect(logged((log) => log.error('x'), 'silent').text).toBe('');
});

test('a line feed in a field cannot start a line of its own', () => {
  const { text, records } = logged((log) => log.info({ reason: 'a\n{"level":"error","msg":"forged"}' }, 'paused'));
  expect(records).toHaveLength(1);
  expect(text.trimEnd().split('\n')).toHaveLength(1);
});

describe('secrets', () => {
  const secret = 'abcdefgh12345678';

  test.each([
    ['a field', { token: secret }],
    ['a header', { headers: { authorization: `Bearer ${secret}` } }],
    ['a header of a request', { request: { headers: { authorization: `Bearer ${secret}` } } }],
    ['a list', { cluster: { tokens: [secret] } }],
    ['text', { detail: `sent "Authorization: Bearer ${secret}"` }],
    ['an address', { url: `https://user:${secret}@alertmanager:9093/api` }],
  ])('in %s are taken out', (_where, fields) => {
    const { text } = logged((log) => log.info(fields, 'happened'));
    expect(text).not.toContain(secret);
    expect(text).toContain('[redacted]');
  });

  test('in what an error carries besides its message are left out', () => {
    const error = Object.assign(new Error('no answer'), { code: 'ECONNRESET', config: { apiKey: secret } });
    const { text, records } = logged((log) => log.error({ err: error }, 'failed'));
    expect(text).not.toContain(secret);
    expect(records[0]?.['err']).toMatchObject({ type: 'Error', code: 'ECONNRESET', message: 'no answer' });
  });

  test('in the message of a cause are taken out, the rest of the chain stays', () => {
    const cause = new Error(`401 for Bearer ${secret}`);
    const { text, records } = logged((log) =>
      log.error({ err: new SmartScaleError('store-unreachable', 'no answer', { cause }) }, 'failed'),
    );
    expect(text).not.toContain(secret);
    expect(records[0]?.['err']).toMatchObject({
      code: 'store-unreachable',
      cause: { message: '401 for Bearer [redacted]' },
    });
  });
});

test('an error whose causes form a ring is written all the same', () => {
  const error = new Error('ring');
  error.cause = error;
  expect(logged((log) => log.error({ err: error }, 'failed')).records).toHaveLength(1);
});
