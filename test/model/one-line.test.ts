import { isOneLine, oneLine } from '../../webhook/model/one-line';

test.each([
  ['a line feed', 'a\nb', 'a\ufffdb'],
  ['NUL', 'a\0b', 'a\ufffdb'],
  ['an escape sequence', '\u001b[2J', '\ufffd[2J'],
  ['an escape sequence of eight bits', '\u009b2J', '\ufffd2J'],
  ['a separator of lines', 'a\u2028b', 'a\ufffdb'],
  ['a mark that turns text around', 'exe\u202egnp', 'exe\ufffdgnp'],
  ['half a character', 'a\ud83d', 'a\ufffd'],
])('%s is shown as a mark', (_what, text, shown) => {
  expect(oneLine(text)).toBe(shown);
  expect([isOneLine(text), isOneLine(shown)]).toEqual([false, true]);
});

test.each(['HighCpu', '', 'Größe über 90 %', 'スケール', 'ok \u{1f600}'])('%j stays as it is', (text) => {
  expect(oneLine(text)).toBe(text);
  expect(isOneLine(text)).toBe(true);
});

test('what is too long is cut, with an ellipsis and no half character', () => {
  expect(oneLine('x'.repeat(200))).toHaveLength(200);
  expect(oneLine('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
  expect(oneLine('abcdef', 4)).toBe('abc…');
  expect(oneLine(`ab\u{1f600}def`, 4)).toBe('ab\ufffd…');
});
