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
    ['an address whose password holds an @', { url: `https://user:a@${secret}@alertmanager` }],
    ['a path', { path: `/Authorization:%20Bearer%20${secret}` }],
    ['an address without scheme', { path: `//user:${secret}@alertmanager/alerts` }],
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

test('no character of a line is obeyed by a terminal, and none is lost', () => {
  const detail = '\u0007\u001b[31m\u007f\u0085\u009b31m\u2028\u2029\u202e\u2066\u{1f600}\ud800';
  const { text, records } = logged((log) => log.info({ detail }, 'held'));
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(text.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e\u2066\ud800-\udfff]/u);
  expect(records).toMatchObject([{ detail }]);
});

describe('a secret that is known', () => {
  const known = 'k"n\\own/secret-0123';
  const logging = (fields: object, secrets = [known]) => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    makeLogger({ level: 'debug', secrets: () => secrets, destination }).info(fields, 'received alerts');
    return lines.join('');
  };

  test.each([
    ['a label', { labels: { pool: known } }],
    ['the middle of a text', { groupKey: `{}:{token="${known}"}` }],
    ['a path', { path: `/alerts/${known}` }],
    ['a key', { [known]: 1 }],
    ['the message of an error', { err: new Error(`no such host: ${known}`) }],
  ])('in %s is taken out', (_where, fields) => {
    const text = logging(fields);
    expect(JSON.stringify(JSON.parse(text))).not.toContain(JSON.stringify(known).slice(1, -1));
    expect(text).toContain('[redacted]');
  });

  test('is taken out as it is now, not as it was at the start', () => {
    const secrets = ['first-secret-0123'];
    expect(logging({ pool: 'second-secret-0123' }, secrets)).toContain('second-secret-0123');
    secrets.push('second-secret-0123');
    expect(logging({ pool: 'second-secret-0123' }, secrets)).not.toContain('second-secret-0123');
  });

  test('that is as short as a word of the line leaves the line alone', () => {
    expect(logging({ pool: 'workers' }, ['level', ':', ''])).toContain('"level":"info"');
  });
});

test('an error whose causes form a ring is written all the same', () => {
  const error = new Error('ring');
  error.cause = error;
  expect(logged((log) => log.error({ err: error }, 'failed')).records).toHaveLength(1);
});
