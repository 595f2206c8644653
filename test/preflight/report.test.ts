import { finding } from '../../webhook/preflight/judgement/finding';
import { exitCodeOf, jsonReport, textReport } from '../../webhook/preflight/report';

const pool = { cluster: 'shop', pool: 'workers' };
const WARNING = finding(pool, 'spot-few-types', 'launch.instanceTypes', '2 types for spot');
const PROBLEM = finding(pool, 'template-missing', 'launch.template.id', 'launch template lt-1 does not exist');
const UNKNOWN = finding({ cluster: 'shop' }, 'not-checked', 'ec2', 'quotas: because');

test('what must be mended comes first, each with its key and with what to do; the last line counts', () => {
  expect(textReport([UNKNOWN, WARNING, PROBLEM], '1 pool of shop').split('\n')).toEqual([
    'problem: template-missing (clusters.shop.pools.workers.launch.template.id)',
    '  launch template lt-1 does not exist',
    `  -> ${PROBLEM.advice}`,
    '',
    'warning: spot-few-types (clusters.shop.pools.workers.launch.instanceTypes)',
    '  2 types for spot',
    `  -> ${WARNING.advice}`,
    '',
    'not checked: not-checked (clusters.shop.ec2)',
    '  quotas: because',
    `  -> ${UNKNOWN.advice}`,
    '',
    '1 pool of shop: 1 problem, 1 warning, 1 not checked',
    '',
  ]);
  expect(textReport([], '1 pool of shop')).toBe('1 pool of shop: everything is in order\n');
});

test('only problems are a failure', () => {
  expect(exitCodeOf([])).toBe(0);
  expect(exitCodeOf([WARNING, UNKNOWN])).toBe(0);
  expect(exitCodeOf([WARNING, PROBLEM])).toBe(1);
});

test('the same for programs', () => {
  expect(JSON.parse(jsonReport([WARNING, PROBLEM]))).toEqual({
    ok: false,
    counts: { problem: 1, warning: 1, unknown: 0 },
    findings: [PROBLEM, WARNING],
  });
});

test('what a peer said neither breaks the line nor shows a credential', () => {
  const said = 'no\n\u001b[2Jproblem: Authorization: Bearer abcdefghijkl https://ann:secret@host/';
  const [, words = ''] = textReport([{ ...PROBLEM, what: said }], 'x').split('\n');
  for (const harmful of ['\u001b', 'abcdefghijkl', 'secret']) expect(words).not.toContain(harmful);
  expect(words).toContain('[redacted]');
});
