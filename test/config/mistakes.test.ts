import { join } from 'node:path';
import { parseConfig } from '../../webhook/config';
import { parseDocument } from 'yaml';
import { measured } from '../support/measured';
import { configWith, ENVIRONMENT, example, mistakesIn, mistakesWith, POOL } from './example';

const CLUSTER = ['clusters', 'prod'];
const tlsFixture = (name: string) => join(__dirname, '../fixtures/tls', name);

test('a configuration with five mistakes lists five, each with its line', () => {
  const text = example([
    [['listen', 'port'], 99_999],
    [['lisen'], {}],
    [[...CLUSTER, 'tokens', 0, 'env'], 'NOT_SET'],
    [[...POOL, 'max'], 1],
    [[...POOL, 'cooldown', 'up'], 300],
  ]);
  const lineOf = (words: string) => text.split('\n').findIndex((line) => line.includes(words)) + 1;
  expect(mistakesIn(text)).toEqual([
    `line ${lineOf('port: 99999')}: listen.port must be a whole number from 0 to 65535, not 99999`,
    `line ${lineOf('env: NOT_SET')}: clusters.prod.tokens.0 environment variable NOT_SET is not set or empty`,
    `line ${lineOf('max: 1')}: clusters.prod.pools.workers.max must not be less than min, which is 2, not 1`,
    `line ${lineOf('up: 300')}: clusters.prod.pools.workers.cooldown.up must be a length of time with its unit, such as 250ms, 90s, 5m or 1h30m, of at most 7d, not 300`,
    expect.stringMatching(new RegExp(`^line ${lineOf('lisen')}: lisen is no key; the keys here are mode, listen, `)),
  ]);
  expect(() => parseConfig(text, 'smartscale.yaml', ENVIRONMENT)).toThrow(/^smartscale\.yaml: 5 problems\n {2}- line /);
});

test('the example has none', () => {
  expect(mistakesWith()).toEqual([]);
});

type Path = readonly (string | number)[];

test.each<[string, Path, unknown, RegExp]>([
  ['a third mode', ['mode'], 'staging', /^mode must be one of local, production, not "staging"$/],
  [
    'an unknown key',
    [...POOL, 'maximum'],
    5,
    /^clusters\.prod\.pools\.workers\.maximum is no key; the keys here are min, max/,
  ],
  [
    'a policy that nobody knows',
    [...POOL, 'removal'],
    { policy: 'biggest' },
    /^clusters\.prod\.pools\.workers\.removal\.policy must be one of emptiest, oldest, newest, costliest, not "biggest"$/,
  ],
  [
    'zones that keep more than the pool may have',
    [...POOL, 'removal'],
    { minPerZone: 6 },
    /^clusters\.prod\.pools\.workers\.removal\.minPerZone must not be more than max divided among the 2 zones/,
  ],
  [
    'a round of no length',
    [...POOL, 'removal'],
    { evictionRound: '0s' },
    /removal\.evictionRound must be a length of time/,
  ],
  [
    'a window that ends as it begins',
    [...POOL, 'removal'],
    { blockedWindows: [{ from: '08:00', to: '08:00' }] },
    /removal\.blockedWindows\.0\.to must not be the same as from; a whole day is 00:00 to 24:00/,
  ],
  [
    'a window that begins at no time of day',
    [...POOL, 'removal'],
    { blockedWindows: [{ from: '24:00', to: '08:00' }] },
    /removal\.blockedWindows\.0\.from must be a time of day such as 08:30, not "24:00"$/,
  ],
  [
    'a window without an end',
    [...POOL, 'removal'],
    { blockedWindows: [{ from: '08:00' }] },
    /removal\.blockedWindows\.0\.to must be a time of day such as 08:30, or 24:00; it is missing$/,
  ],
  [
    'a window on a day that no week has',
    [...POOL, 'removal'],
    { blockedWindows: [{ days: ['Funday'], from: '08:00', to: '09:00' }] },
    /removal\.blockedWindows\.0\.days\.0 must be one of /,
  ],
  [
    'a window in a time zone that is none',
    [...POOL, 'removal'],
    { blockedWindows: [{ from: '08:00', to: '09:00', timeZone: 'Mars/Olympus' }] },
    /removal\.blockedWindows\.0\.timeZone must be the name of a time zone such as Europe\/Berlin or UTC, not "Mars\/Olympus"$/,
  ],
  ['no store', ['store'], undefined, /^store must be a map of keys; it is missing$/],
  [
    'a price of nothing',
    [...CLUSTER, 'prices'],
    { onDemand: { 'm6i.large': 0 } },
    /^clusters\.prod\.prices\.onDemand\.m6i\.large must be US dollars, a number greater than 0 .*, not 0$/,
  ],
  [
    'a price in words',
    [...CLUSTER, 'prices'],
    { spot: { 'm6i.large': '$0.04' } },
    /^clusters\.prod\.prices\.spot\.m6i\.large must be US dollars/,
  ],
  ['an empty section', ['timings'], null, /^timings must be a map of keys; it is empty$/],
  ['a scale below one', ['timeScale'], 0.5, /^timeScale must be a number from 1 to 1000, not 0\.5$/],
  ['a scale that is no number', ['timeScale'], '10x', /^timeScale must be a number/],
  ['a region of no form', ['store', 'region'], 'Frankfurt', /^store\.region must be the name of a region such as/],
  ['an address without scheme', ['store', 'endpoint'], 'localhost:8000', /^store\.endpoint must be an address such as/],
  ['Redis by HTTP', ['redis', 'url'], 'http://redis:6379', /^redis\.url must be an address such as redis:\/\/127/],
  ['Redis without an address', ['redis'], {}, /^redis\.url must be an address .*; it is missing$/],
  ['Redis nowhere', ['redis', 'url'], 'redis://', /^redis\.url must be an address such as redis:\/\/127/],
  ['a database of no number', ['redis', 'url'], 'redis://redis/jobs', /^redis\.url must be an address/],
  ['options of a client', ['redis', 'url'], 'redis://redis?commandTimeout=9', /^redis\.url must be an address/],
  [
    'a prefix of two words',
    ['redis'],
    { url: 'redis://redis', keyPrefix: 'a b' },
    /^redis\.keyPrefix must be at most 64/,
  ],
  [
    'a key of ioredis',
    ['redis'],
    { url: 'redis://redis', db: 1 },
    /^redis\.db is no key; the keys here are url, password,/,
  ],
  [
    'an authority without TLS',
    ['redis'],
    { url: 'redis://redis', caFile: '/ca.pem' },
    /^redis\.caFile must go with an address that begins with rediss:\/\/, not "\/ca\.pem"$/,
  ],
  [
    'a password of Redis that is not there',
    ['redis'],
    { url: 'redis://redis', password: { env: 'NOT_SET' } },
    /^redis\.password environment variable NOT_SET is not set or empty$/,
  ],
  [
    'a certificate without a key',
    ['listen', 'tls'],
    { certFile: '/c' },
    /^listen\.tls\.keyFile must be text; it is missing$/,
  ],
  [
    'a certificate that is not there',
    ['listen', 'tls'],
    { certFile: '/nowhere.pem', keyFile: '/nowhere.pem' },
    /^listen\.tls must name a certificate and its key: the file of the certificate cannot be read \(ENOENT\)$/,
  ],
  [
    'the key of another certificate',
    ['listen', 'tls'],
    { certFile: tlsFixture('certificate.pem'), keyFile: tlsFixture('renewed-key.pem') },
    /^listen\.tls must name a certificate and its key: .* do not serve together/,
  ],
  ['no cluster', ['clusters'], {}, /^clusters must have at least one entry$/],
  ['a cluster in capitals', ['clusters', 'Prod'], {}, /^clusters\.Prod must be a name of at most 63 lower case/],
  ['no pool', [...CLUSTER, 'pools'], {}, /^clusters\.prod\.pools must have at least one entry$/],
  ['no Alertmanager', [...CLUSTER, 'alertmanager', 'urls'], [], /\.urls must be a list of 1 to 10 entries$/],
  [
    'a secret written down',
    [...CLUSTER, 'tokens', 0],
    'hunter2hunter2hunter2',
    /tokens\.0 must say where the secret is, {env: NAME}/,
  ],
  [
    'a secret of two sources',
    [...CLUSTER, 'tokens', 0],
    { env: 'A', file: 'b' },
    /tokens\.0 must say where the secret is/,
  ],
  ['a secret of no source', [...CLUSTER, 'tokens', 0], {}, /tokens\.0 must say where the secret is/],
  [
    'a secret file that is not there',
    [...CLUSTER, 'tokens', 0],
    { file: '/nowhere' },
    /tokens\.0 file \/nowhere cannot be read \(ENOENT\)$/,
  ],
  [
    'three tokens',
    [...CLUSTER, 'tokens'],
    [1, 2, 3].map(() => ({ env: 'ALERTS_TOKEN' })),
    /tokens must be a list of 0 to 2 entries$/,
  ],
  ['production without tokens', [...CLUSTER, 'tokens'], [], /^clusters\.prod\.tokens must name at least one token/],
  [
    'production without operators',
    [...CLUSTER, 'operatorTokens'],
    undefined,
    /^clusters\.prod\.operatorTokens must name/,
  ],
  [
    'two ways to the API server',
    [...CLUSTER, 'kubernetes', 'kubeconfig'],
    '/k',
    /\.kubernetes must give either server/,
  ],
  ['no way to the API server', [...CLUSTER, 'kubernetes'], {}, /\.kubernetes must give either server/],
  [
    'a kubeconfig with a token file',
    [...CLUSTER, 'kubernetes'],
    { kubeconfig: '/k', tokenFile: '/t' },
    /must give either/,
  ],
  ['max below min', [...POOL, 'min'], 11, /\.max must not be less than min, which is 11, not 10$/],
  ['a negative min', [...POOL, 'min'], -1, /\.min must be a whole number from 0 to 1000, not -1$/],
  ['half a node', [...POOL, 'step'], 1.5, /\.step must be a whole number/],
  ['a step of none', [...POOL, 'step'], 0, /\.step must be a whole number from 1/],
  ['dryRun in words', [...POOL, 'dryRun'], 'on', /\.dryRun must be true or false, not "on"$/],
  [
    'memory without a number',
    [...POOL, 'node', 'allocatable', 'memory'],
    'much',
    /\.memory must be an amount of memory/,
  ],
  ['no memory', [...POOL, 'node', 'allocatable', 'memory'], 0, /\.memory must be an amount of memory/],
  ['CPU in percent', [...POOL, 'node', 'allocatable', 'cpu'], '80%', /\.cpu must be an amount of CPU/],
  [
    'a taint of no effect',
    [...POOL, 'node', 'taints'],
    [{ key: 'a', effect: 'No' }],
    /\.taints\.0\.effect must be one of NoSchedule/,
  ],
  ['a label that is a number', [...POOL, 'node', 'labels'], { a: 1 }, /\.labels\.a must be text, in quotes/],
  [
    'the latest template',
    [...POOL, 'launch', 'template', 'version'],
    '$Latest',
    /\.version must be the number of a version in quotes, never \$Latest/,
  ],
  ['a template by name', [...POOL, 'launch', 'template', 'id'], 'workers', /\.id must be the id of a launch template/],
  [
    'two subnets of a zone',
    [...POOL, 'launch', 'subnets', 1, 'zone'],
    'eu-central-1a',
    /\.subnets\.1\.zone must be a zone of its own/,
  ],
  ['no subnet', [...POOL, 'launch', 'subnets'], [], /\.subnets must be a list of 1 to 20 entries$/],
  [
    'a type twice',
    [...POOL, 'launch', 'instanceTypes'],
    ['m6i.large', 'm6i.large'],
    /\.instanceTypes\.1 must not be there twice/,
  ],
  ['no type', [...POOL, 'launch', 'instanceTypes'], [], /\.instanceTypes must be a list of 1 to 60 entries$/],
  ['a third capacity', [...POOL, 'launch', 'capacity'], 'reserved', /\.capacity must be one of spot, on-demand/],
  ['a bare number of seconds', [...POOL, 'settle'], 5, /\.settle must be a length of time with its unit.*, not 5$/],
  ['a unit apart', [...POOL, 'deadline', 'join'], '10 m', /\.join must be a length of time/],
  [
    'a deadline of nothing',
    [...POOL, 'deadline', 'join'],
    '0s',
    /\.join must be a length of time.* more than 0s, not "0s"$/,
  ],
  ['a month', ['timings', 'evaluationInterval'], '30d', /\.evaluationInterval must be a length of time.*at most 7d/],
  [
    'a back-off that shrinks',
    [...POOL, 'cooldown', 'backoffFirst'],
    '2h',
    /\.backoffMax must not be less than backoffFirst$/,
  ],
])('%s is one mistake that says what is allowed', (_what, path, value, words) => {
  const mistakes = mistakesWith([path, value]);
  expect(mistakes.filter((mistake) => words.test(mistake))).toHaveLength(1);
  expect(mistakes.length).toBe(path.at(-1) === 'Prod' ? mistakes.length : 1);
});

test('more pairs of subnet and type than a fleet takes are refused', () => {
  const types = Array.from({ length: 60 }, (_, i) => `m${i}.large`);
  const subnets = Array.from({ length: 6 }, (_, i) => ({ id: `subnet-${i}`, zone: `eu-central-${i}a` }));
  const launch = [...POOL, 'launch'];
  expect(mistakesWith([[...launch, 'instanceTypes'], types], [[...launch, 'subnets'], subnets])).toEqual([
    'clusters.prod.pools.workers.launch must have at most 300 pairs of subnet and instance type',
  ]);
});

test('a weak token is refused in production, without showing it', () => {
  const weak = { ...ENVIRONMENT, ALERTS_TOKEN: 'short-secret' };
  expect(mistakesIn(example(), weak).join()).toMatch(/tokens\.0 must be a secret of at least 16 characters$/);
  expect(mistakesIn(example(), weak).join()).not.toContain('short-secret');
});

test('a token of several lines is refused, without showing it', () => {
  const broken = { ...ENVIRONMENT, ALERTS_TOKEN: 'first-line-of-it\nsecond' };
  expect(mistakesIn(example(), broken)).toEqual([
    expect.stringMatching(/tokens\.0 environment variable ALERTS_TOKEN holds more than one word of plain characters$/),
  ]);
});

test('a secret written down by mistake is not repeated in the message', () => {
  expect(mistakesWith([[...CLUSTER, 'operatorTokens', 0], 'hunter2hunter2hunter2']).join()).not.toContain('hunter2');
});

test.each([
  ['a block', 'tokens:\n  - |hunter2hunter2\n    x'],
  ['a tag', 'tokens: [!hunter2hunter2!x y]'],
  ['an alias', 'tokens: [*hunter2hunter2]'],
  ['a directive', '%YAML hunter2hunter2\n---\nmode: local'],
  ['a key', 'clusters: {prod: {tokens: [{hunter2hunter2: }]}}'],
  ['the name of a variable', 'clusters: {prod: {tokens: [{env: hunter2hunter2}]}}'],
  ['the path of a file', 'clusters: {prod: {tokens: [{file: hunter2hunter2}]}}'],
  ['the credentials of Alertmanager', 'clusters: {prod: {alertmanager: {authorization: hunter2hunter2}}}'],
  ['the token of K3s', 'clusters: {prod: {kubernetes: {tokenFile: [hunter2hunter2]}}}'],
  ['an address', 'store: {endpoint: "ftp://ann:hunter2hunter2@host"}'],
  ['a value', 'mode: Bearer hunter2hunter2'],
])('a secret that is written as %s is in no message', (_what, text) => {
  expect(mistakesIn(text).length).toBeGreaterThan(0);
  expect(mistakesIn(text).join()).not.toContain('hunter2');
});

test.each(['constructor', '__defineGetter__', 'toString'])('%s is the name of no environment variable', (name) => {
  expect(mistakesWith([[...CLUSTER, 'tokens', 0, 'env'], name])).toEqual([
    'clusters.prod.tokens.0 environment variable of that name is not set or empty',
  ]);
});

test('of ten thousand mistakes a hundred are told, at once', () => {
  const pools = `{${Array.from({ length: 900 }, (_, n) => `p${n}: {}`).join()}}`;
  const text = `clusters:\n${Array.from({ length: 6 }, (_, n) => `  c${n}: {pools: ${pools}}`).join('\n')}`;
  const { value, cpuMs } = measured(() => mistakesIn(text));
  expect(value).toHaveLength(100);
  expect(() => parseConfig(text, 'a.yaml', {})).toThrow(/^a\.yaml: more than 100 problems, of which\n {2}- line/);
  expect(cpuMs).toBeLessThan(10_000);
});

test('a long value or name is repeated in part, on one line', () => {
  const [mistake = ''] = mistakesWith([['mode'], `a\n${'x'.repeat(5000)}`]);
  expect(mistake).toMatch(/^mode must be one of local, production, not "a\\nx+…$/);
  expect(mistake.length).toBeLessThan(300);
  const [key = ''] = mistakesWith([[`\u001b[2J${'x'.repeat(900)}`], 1]);
  expect(key).toMatch(/^\ufffd\[2Jx+… is no key/);
});

test.each([
  [
    'in the address of Redis',
    { url: 'redis://:hunter2hunter2@redis:6379' },
    /^redis\.url .*the password has a key of its own$/,
  ],
  ['of a user in the address', { url: 'rediss://ann:hunter2hunter2@redis:6379' }, /the password has a key of its own$/],
  ['in an address that is none', { url: 'redis://:hunter2/hunter2@redis:6379' }, /^redis\.url must be an address/],
  [
    'under its key',
    { url: 'redis://redis:6379', password: 'hunter2hunter2' },
    /^redis\.password must say where the secret is/,
  ],
])('a password written down %s is refused and not repeated', (_where, redis, words) => {
  const mistakes = mistakesWith([['redis'], redis]);
  expect(mistakes).toEqual([expect.stringMatching(words)]);
  expect(mistakes.join()).not.toContain('hunter2');
});

test('one secret for two clusters is refused: it says which cluster calls', () => {
  const other = (parseExample()['clusters'] as Record<string, unknown>)['prod'];
  expect(mistakesWith([['clusters', 'other'], other])).toEqual([
    'clusters.other.tokens.0 must not be the secret that clusters.prod.tokens.0 has too',
    'clusters.other.operatorTokens.0 must not be the secret that clusters.prod.operatorTokens.0 has too',
  ]);
});

test('in local mode either every cluster has tokens or none has', () => {
  const bare = { ...(parseExample()['clusters'] as { prod: object }).prod, tokens: [], operatorTokens: [] };
  const local = [[['mode'], 'local'] as const, [['listen', 'host'], '127.0.0.1'] as const];
  expect(mistakesWith(...local, [['clusters', 'other'], bare])).toEqual([
    'clusters.other.tokens must name a token, because another cluster has one',
    'clusters.other.operatorTokens must name a token, because another cluster has one',
  ]);
});

describe('YAML that cannot be read', () => {
  test.each([
    ['a tab', 'mode: local\n\tlisten: {}', 2],
    ['a bracket left open', 'mode: local\nlisten: {host: a\nstore: {}', 2],
    ['a key twice', 'mode: local\nlisten: {}\nmode: production', 3],
  ])('%s: the line is named', (_what, text, line) => {
    const mistakes = mistakesIn(text);
    expect(mistakes.length).toBeGreaterThan(0);
    expect(
      mistakes.some((mistake) => mistake.startsWith(`line ${line}: `) || mistake.startsWith(`line ${line + 1}: `)),
    ).toBe(true);
  });

  test('an alias of nothing is a mistake, and so are aliases that multiply', () => {
    expect(mistakesIn('mode: local\nlisten: *nowhere')).toEqual(['line 2: an alias must have its anchor before it']);
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [i, name] of [...'bcdefgh'].entries()) {
      bomb.push(`${name}: &${name} [${Array<string>(9).fill(`*${'abcdefg'[i]}`).join()}]`);
    }
    expect(mistakesIn(bomb.join('\n'))).toEqual(['line 1: aliases must not multiply: write the values out']);
  });

  test('an alias within itself ends', () => {
    expect(mistakesIn('mode: local\nlisten: &a [*a]')).toContainEqual(expect.stringMatching(/^line 2: listen must be/));
  });

  test.each([
    ['brackets', '['.repeat(2000), 1],
    ['brackets that close', `mode: local\nstore: ${'['.repeat(31)}${']'.repeat(31)}`, 2],
    ['maps of maps', '{a: '.repeat(2000), 1],
    ['lists of lists', '- '.repeat(2000), 1],
    ['keys of keys', '? '.repeat(2000), 1],
    ['indentation', Array.from({ length: 500 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'), 31],
  ])('more levels than any configuration has are refused before they are read: %s', (_what, text, line) => {
    expect(mistakesIn(text)).toEqual([`line ${line}: there must be at most 30 levels, one in another`]);
  });

  test('thirty levels are read', () => {
    const deep = `mode: local\nstore: ${'['.repeat(28)}${']'.repeat(28)}`;
    expect(mistakesIn(deep)).toContainEqual(expect.stringMatching(/^line 2: store must be a map of keys/));
  });

  test.each([
    ['a map', Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join('\n')],
    ['a map in braces', `a: {${Array.from({ length: 1001 }, (_, n) => `k${n}: 1`).join()}}`],
    ['a list', `a:\n${'  - x\n'.repeat(1001)}`],
  ])('%s of more than a thousand entries is refused, which would take minutes to read', (_what, text) => {
    expect(mistakesIn(text)).toEqual([
      expect.stringMatching(/^line [12]: there must be at most 1000 entries in one place$/),
    ]);
  });

  test('more than a hundred aliases are refused', () => {
    expect(mistakesIn(`a: &a 1\nb: [${'*a, '.repeat(101)}]`)).toEqual(['line 2: there must be at most 100 aliases']);
  });

  test('a file larger than any configuration is refused', () => {
    expect(mistakesIn('#'.repeat(256 * 1024 + 1))).toEqual(['the file must not be larger than 256 KiB']);
  });

  test.each(['clusters:', '    pools:', '        min: 2'])(
    '__proto__ below or beside %j is no name of anything',
    (line) => {
      const indent = line.search(/\S/) + (line.endsWith(':') ? 2 : 0);
      const text = example().replace(`${line}\n`, `${line}\n${' '.repeat(indent)}__proto__: {max: 3}\n`);
      expect(mistakesIn(text)).toEqual([expect.stringMatching(/^line \d+: there must be no __proto__$/)]);
    },
  );

  test('what stands in the file is shown to nobody by a warning', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    expect(mistakesIn('? {a: hunter2}\n: b\nmode: !unknown x')).not.toEqual([]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test('an empty file is a mistake', () => {
    expect(mistakesIn('')).toEqual([expect.stringMatching(/^line 1: the configuration must be a map of keys/)]);
  });
});

test('what is written is not changed by being checked', () => {
  expect(configWith([[...POOL, 'cooldown', 'up'], '0s']).clusters['prod']?.pools['workers']?.cooldown.up).toBe(0);
});

function parseExample(): Record<string, unknown> {
  return JSON.parse(JSON.stringify(parseDocument(example()).toJS())) as Record<string, unknown>;
}

test('a wrong name of a cluster or pool hides nothing that is wrong below it', () => {
  const text = example([[[...POOL, 'max'], 1]])
    .replace('  prod:', '  Prod:')
    .replace('workers:', 'Workers:');
  const mistakes = mistakesIn(text);
  expect(mistakes.filter((line) => line.includes('lower case letters'))).toHaveLength(2);
  expect(mistakes.filter((line) => line.includes('must not be less than min'))).toHaveLength(1);
});
