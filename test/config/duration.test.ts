import { parseDuration } from '../../webhook/config/duration';
import { parseBytes, parseCores } from '../../webhook/config/quantity';

test.each([
  ['250ms', 250],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
  ['1d2h3m4s5ms', 93_784_005],
  ['0s', 0],
])('%s is %p ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '90', '1.5h', '-5m', '5 m', '5M', '30m1h', '5m5m', '5min', 'ms', '1e3s', '٥m'])(
  '%p is no duration',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);

test.each([
  ['7Gi', 7 * 2 ** 30],
  ['7500Mi', 7500 * 2 ** 20],
  ['0.5Gi', 2 ** 29],
  ['8G', 8e9],
  [8_589_934_592, 2 ** 33],
])('%p are %p bytes', (written, bytes) => {
  expect(parseBytes(written)).toBe(bytes);
});

test.each(['7Gb', '7 Gi', '-1Gi', '', 'Gi', NaN, -1, Infinity])('%p is no amount of memory', (written) => {
  expect(parseBytes(written)).toBeNull();
});

test.each([
  [2, 2],
  [1.93, 1.93],
  ['1930m', 1.93],
  ['4', 4],
])('%p are %p cores', (written, cores) => {
  expect(parseCores(written)).toBe(cores);
});

test.each(['80%', '1930M', '-1', '', NaN])('%p is no amount of CPU', (written) => {
  expect(parseCores(written)).toBeNull();
});
