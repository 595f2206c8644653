import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc, { type Arbitrary } from 'fast-check';
import { highCpu } from '../scenarios/support/alerts';
import { payloadOf } from '../scenarios/support/alertmanager';
import { hostileText } from './support/hostile';
import type { Sent } from '../support/exchange';
import { SECRETS, WITH_SECRETS } from './support/secrets';
import { Target } from './support/target';
import { tries } from './support/tries';

const GOOD = Buffer.from(JSON.stringify(payloadOf(highCpu({ cluster: 'shop', nodes: 5 }))));
const BOMB = gzipSync(Buffer.alloc(20_000_000, ' '), { level: 1 });

/** Text as it may stand in the head of a request: one byte a character, and sometimes bytes that must not be there. */
const headText = hostileText.map((text) => Buffer.from(text.slice(0, 9000)).toString('latin1'));
const oneLine = headText.map((text) => text.replace(/[\r\n\0]/g, ' '));

const method = fc.constantFrom(
  'POST',
  'POST',
  'POST',
  'POST',
  'GET',
  'PUT',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'post',
  'JUNK',
  '',
);
const path = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('/alerts', '/alerts', '/pause', '/resume', '/healthz', '/metrics', '/readyz'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '/ALERTS/',
      '//alerts',
      '/alerts/../pause',
      '/%61lerts',
      '/alerts?__proto__[polluted]=1&token=' + SECRETS.token,
      '/%E0%A4%A',
      '/%00%0a%0d',
      '*',
      'alerts',
      'http://[',
      'http://a:b:c/alerts',
      `http://ann:${SECRETS.password}@smartscale/nowhere`,
      `//ann:${SECRETS.password}@smartscale/nowhere`,
      'http://smartscale/alerts',
      '/' + 'x'.repeat(9000),
    ),
  },
  { weight: 2, arbitrary: oneLine.map((text) => `/${encodeURI(text.replace(/\p{Surrogate}/gu, ''))}`) },
  { weight: 1, arbitrary: oneLine.map((text) => `/${text}`) },
);
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/x', '');

const authorization = fc.oneof(
  { weight: 5, arbitrary: fc.constant(`Authorization: Bearer ${SECRETS.token}`) },
  { weight: 1, arbitrary: fc.constantFrom(...WITH_SECRETS, SECRETS.mistypedToken).map((it) => `Authorization: ${it}`) },
  { weight: 1, arbitrary: fc.constantFrom(`authorization: bearer ${SECRETS.tokenOfAnother}`, 'X-None: 1') },
);
/** They say another length than the one that is sent. */
const MISLEADING = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Content-Length: 5',
  'Content-Length: -1',
];
const header = fc.oneof(
  fc.constantFrom(
    ...MISLEADING,
    'Content-Type: text/html; charset=utf-7',
    'Content-Type: application/json; charset=latin1',
    'Content-Type: multipart/form-data; boundary=x',
    'Content-Type: ;;;=";',
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Content-Encoding: deflate, gzip',
    'Content-Encoding: x-unheard-of',
    'Expect: 100-continue',
    'Expect: a-miracle',
    'Connection: Upgrade\r\nUpgrade: websocket',
    'Host: another',
    ' folded: x',
    `X-Padding: ${'x'.repeat(17_000)}`,
    `Cookie: token=${SECRETS.token}`,
    `X-Forwarded-Uri: http://ann:${SECRETS.password}@smartscale/alerts`,
  ),
  oneLine.map((text) => `X-Request-Id: ${text}`),
  headText.map((text) => `X-Any: ${text}`),
);

const body: Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(GOOD) },
  { weight: 2, arbitrary: fc.constantFrom(gzipSync(GOOD), brotliCompressSync(GOOD), deflateSync(GOOD), BOMB) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(Buffer.from(GOOD.toString(), 'utf16le'), Buffer.from('\ufeff' + GOOD.toString())),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '{}', '[]', '0\r\n\r\n', 'zz\r\n{}\r\n0\r\n\r\n').map((it) => Buffer.from(it)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  // Bytes that are no UTF-8, in the middle of what is otherwise sound.
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([at, bytes]) => spoilt(at, bytes)),
  },
  { weight: 1, arbitrary: fc.nat({ max: GOOD.length }).map((length) => GOOD.subarray(0, length)) },
);

function spoilt(at: number, bytes: Uint8Array): Buffer {
  const spoiltBody = Buffer.from(GOOD);
  spoiltBody.set(bytes, at % (GOOD.length - bytes.length));
  return spoiltBody;
}

const request: Arbitrary<Sent> = fc
  .record({
    method,
    path,
    version,
    host: fc.constantFrom('Host: smartscale', 'Host: smartscale', 'Host: smartscale', ''),
    authorization,
    headers: fc.array(header, { maxLength: 3 }),
    body,
    lengthIs: fc.constantFrom('right', 'right', 'right', 'too long', 'chunks'),
    pieceLength: fc.constantFrom(1_000_000, 1_000_000, 700, 90),
  })
  .map(({ method, path, version, host, authorization, headers, body, lengthIs, pieceLength }) => {
    const length = lengthIs === 'too long' ? body.length + 10 : body.length;
    const framing = lengthIs === 'chunks' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
    const lines = [host, 'Connection: close', authorization, framing, ...headers].filter((line) => line !== '');
    const head = Buffer.from(`${method} ${path} ${version}\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    const whole = Buffer.concat([head, lengthIs === 'chunks' ? chunked(body) : body]);
    const isWhole = lengthIs !== 'too long' && !headers.some((line) => MISLEADING.includes(line));
    return { pieces: cut(whole, pieceLength), isWhole };
  });

function chunked(body: Buffer): Buffer {
  if (body.length === 0) return Buffer.from('0\r\n\r\n');
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}

function cut(bytes: Buffer, length: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
    bytes.subarray(i * length, (i + 1) * length),
  );
}

test('whatever is sent is answered in the words of the catalogue, and moves nothing', async () => {
  const target = await Target.start();
  const before = [target.launchesAndEnds, target.touchedNodes];
  await fc.assert(
    fc.asyncProperty(request, async (sent) => {
      await target.send(sent);
      expect([target.launchesAndEnds, target.touchedNodes]).toEqual(before);
    }),
    tries(400),
  );
  await target.checkHealth();
});
