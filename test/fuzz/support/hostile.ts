import fc, { type Arbitrary } from 'fast-check';
import { WITH_SECRETS } from './secrets';
import { places, render, replaced, treeOf, type Tree } from './tree';

const FORGED = '{"level":"fatal","msg":"forged"}';

/** Text that has done harm somewhere. */
const NOTORIOUS = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  '\0',
  'a\0b',
  '\u001b[2J\u001b[31mred\u0007',
  '\u009b31mred',
  `a\r\n${FORGED}\r\n`,
  `\u2028${FORGED}\u2029`,
  `\u0085${FORGED}`,
  '\u202egnp.exe',
  '\ud800',
  'a\udc00b',
  `${'x'.repeat(199)}\u{1f600}`,
  '%s%n%d%o',
  '${jndi:ldap://host/a}',
  '{{ $labels.pool }}',
  '../../../etc/passwd',
  '"],"injected":[{"',
  '<script>alert(1)</script>',
  'NaN',
  '1e999',
  '-0',
  '0x10',
  '９',
  'null',
  'undefined',
  '\u{1f600}'.repeat(300),
  'x'.repeat(70_000),
  ...WITH_SECRETS,
];

export const hostileText: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NOTORIOUS) },
  {
    weight: 1,
    arbitrary: fc.array(fc.nat({ max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...NOTORIOUS), fc.string({ maxLength: 5 })).map((it) => it.join('')),
  },
);

/** As it usually is, or anything. */
export function field(...usual: readonly string[]): Arbitrary<string> {
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: hostileText });
}

/** No JSON writes them so, or no reader of numbers expects them. */
const ODD_SCALARS = ['1e999', '-1e999', '-0', '0', '-1', '2.5', '9007199254740993', '1e-400', 'true', 'null', '""'];
const NO_JSON = ['NaN', 'undefined', '0x10', '01', "'a'", '+1', 'Infinity', '"\\x41"', '"\n"', '', ',', '/**/1'];

const DATES = [
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '2026-02-30T00:00:00Z',
  '2026-06-30T23:59:60Z',
  '+275760-09-13T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '2026-01-01T00:00:00+23:59',
  '2026-01-01T00:00Z',
  '2026-01-01',
  '1767225600',
  `2026-01-01T00:00:00.${'9'.repeat(400)}Z`,
];

function nested(depth: number, open: string, close: string): Tree {
  return { kind: 'raw', text: `${open.repeat(depth)}1${close.repeat(depth)}` };
}

const scalar: Arbitrary<Tree> = fc.oneof(
  { weight: 4, arbitrary: hostileText.map(treeOf) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_SCALARS).map((text) => ({ kind: 'raw' as const, text })) },
  { weight: 1, arbitrary: fc.constantFrom(...DATES).map(treeOf) },
  { weight: 1, arbitrary: fc.constantFrom(...NO_JSON).map((text) => ({ kind: 'raw' as const, text })) },
);

const odd: Arbitrary<Tree> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constantFrom<unknown[]>([], {}, [[]], [null], { a: {} }).map(treeOf) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }).map(treeOf) },
  { weight: 1, arbitrary: fc.constantFrom(10, 5000).map((depth) => nested(depth, '[', ']')) },
  { weight: 1, arbitrary: fc.constantFrom(10, 5000).map((depth) => nested(depth, '{"a":', '}')) },
);

const DANGEROUS_KEYS = ['__proto__', 'constructor', 'prototype', 'toJSON', 'toString', 'length', 'then', ''];
const key = fc.oneof(fc.constantFrom(...DANGEROUS_KEYS), hostileText);

const POLLUTION = treeOf({ polluted: 'yes', prototype: { polluted: 'yes' } });

type Mutation = (tree: Tree) => Tree;

/** One change somewhere in the tree; `at` is taken modulo its places. */
const mutation: Arbitrary<Mutation> = fc
  .record({
    at: fc.nat(),
    other: fc.nat(),
    times: fc.oneof({ weight: 14, arbitrary: fc.constantFrom(2, 3, 20) }, { weight: 1, arbitrary: fc.constant(2000) }),
    key,
    value: odd,
    kind: fc.constantFrom('replace', 'replace', 'remove', 'add', 'pollute', 'rename', 'repeat', 'exchange', 'wrap'),
  })
  .map(({ at, other, times, key, value, kind }) => {
    const changes: Record<typeof kind, (old: Tree, whole: Tree) => Tree | null> = {
      replace: () => value,
      remove: () => null,
      add: (old) => added(old, key, value),
      pollute: (old) => added(old, DANGEROUS_KEYS[at % 3] ?? '__proto__', POLLUTION),
      rename: (old) => renamed(old, other, key),
      repeat: (old) => repeated(old, times),
      exchange: (_old, whole) => found(whole, other),
      wrap: (old) => ({ kind: 'list', items: [old] }),
    };
    return (tree: Tree) => {
      const all = places(tree);
      return replaced(tree, all[at % all.length] ?? [], (old) => changes[kind](old, tree));
    };
  });

function added(old: Tree, name: string, value: Tree): Tree {
  if (old.kind === 'object') return { kind: 'object', entries: [...old.entries, [name, value]] };
  return old.kind === 'list' ? { kind: 'list', items: [...old.items, value] } : value;
}

function renamed(old: Tree, which: number, name: string): Tree {
  if (old.kind !== 'object') return old;
  const at = which % Math.max(1, old.entries.length);
  return { kind: 'object', entries: old.entries.map(([key, value], i) => [i === at ? name : key, value] as const) };
}

/** The same many times over, while that stays below the size of a body. */
function repeated(old: Tree, times: number): Tree {
  const most = Math.max(1, Math.floor(900_000 / (render(old).length + 1)));
  const [first, ...rest] = old.kind === 'list' ? old.items : [];
  const many = (item: Tree, length: number) => Array.from({ length: Math.min(length, most) }, () => item);
  if (first) return { kind: 'list', items: [...many(first, times), ...rest] };
  if (old.kind !== 'object') return { kind: 'list', items: many(old, times) };
  return { kind: 'object', entries: [...old.entries, ...old.entries] };
}

function found(whole: Tree, which: number): Tree {
  const all = places(whole);
  return (all[which % all.length] ?? []).reduce<Tree>((at, step) => {
    if (at.kind === 'object') return at.entries[step]?.[1] ?? at;
    return at.kind === 'list' ? (at.items[step] ?? at) : at;
  }, whole);
}

/** One of these with a few changes; sometimes with none. */
export function mutated(originals: Arbitrary<unknown>): Arbitrary<Tree> {
  return fc
    .tuple(originals.map(treeOf), fc.oneof(fc.constant([]), fc.array(mutation, { minLength: 1, maxLength: 4 })))
    .map(([original, mutations]) => mutations.reduce<Tree>((tree, change) => change(tree), original));
}
