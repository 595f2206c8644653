import { z } from 'zod';
import { FIXED_DURATIONS, SCALED_DURATIONS } from '../../webhook/config/scale';
import { makeSchema } from '../../webhook/config/schema';
import type { PoolPolicy } from '../../webhook/model/pool';
import { parseDuration } from '../../webhook/config/duration';
import { configWith, POOL } from './example';
import { schemaKeys } from './schema-keys';

/** Protocol between processes: what the time scale leaves alone. */
const UNSCALED = ['clusters.<name>.pools.<name>.drain.maxGrace', 'ownerLease', 'shutdownGrace'];

/** Parts of `deadline.join` where the file does not say otherwise. */
const DERIVED = ['running', 'registered', 'ready'].map((key) => `clusters.<name>.pools.<name>.deadline.${key}`);

const scaledKeys = [
  ...SCALED_DURATIONS.timings.map((key) => `timings.${key}`),
  ...SCALED_DURATIONS.cooldown.map((key) => `clusters.<name>.pools.<name>.cooldown.${key}`),
  ...SCALED_DURATIONS.circuit.map((key) => `clusters.<name>.pools.<name>.circuit.${key}`),
  ...SCALED_DURATIONS.unavailable.map((key) => `clusters.<name>.pools.<name>.unavailable.${key}`),
  ...SCALED_DURATIONS.returnToSpot.map((key) => `clusters.<name>.pools.<name>.launch.returnToSpot.${key}`),
  ...SCALED_DURATIONS.deadline.map((key) => `clusters.<name>.pools.<name>.deadline.${key}`),
  ...SCALED_DURATIONS.pool.map((key) => `clusters.<name>.pools.<name>.${key}`),
  ...SCALED_DURATIONS.removal.map((key) => `clusters.<name>.pools.<name>.removal.${key}`),
  ...SCALED_DURATIONS.drain.map((key) => `clusters.<name>.pools.<name>.drain.${key}`),
];

test('every duration of the configuration is scaled or known not to be', () => {
  const keys = schemaKeys(z.toJSONSchema(makeSchema({}), { io: 'input' }));
  const durations = keys.filter(({ byDefault }) => typeof byDefault === 'string' && parseDuration(byDefault) !== null);
  expect([...durations.map(({ key }) => key), ...DERIVED].sort()).toEqual([...scaledKeys, ...UNSCALED].sort());
});

test('a time scale divides policy and timings, and nothing else', () => {
  const one = configWith();
  const ten = configWith([['timeScale'], 10]);
  const [pool, scaled] = [one, ten].map((config) => config.clusters['prod']?.pools['workers']);
  expect(scaled?.cooldown).toEqual({ up: 30_000, down: 60_000, backoffFirst: 3000, backoffMax: 180_000, topUp: 3000 });
  expect(scaled?.circuit).toEqual({ opensAfter: 3, openFor: 30_000 });
  expect(scaled?.unavailable).toEqual({ first: 18_000, max: 180_000 });
  expect(scaled?.deadline).toEqual({
    confirm: 30_000,
    join: 60_000,
    running: 12_000,
    registered: 30_000,
    ready: 30_000,
    cordon: 12_000,
    drain: 90_000,
  });
  expect(scaled?.launch.returnToSpot).toEqual({ every: 60_000 });
  expect(scaled?.settle).toBe(500);
  for (const key of SCALED_DURATIONS.timings) expect(ten.timings[key]).toBe(one.timings[key] / 10);
  expect([ten.ownerLease, ten.shutdownGrace]).toEqual([one.ownerLease, one.shutdownGrace]);
  const {
    cooldown: _c,
    circuit: _o,
    deadline: _d,
    unavailable: _u,
    settle: _s,
    ...kept
  } = pool ?? ({} as Partial<PoolPolicy>);
  const { drain: _p, removal: _m, launch, ...rest } = kept;
  const { returnToSpot: _r, ...others } = launch ?? {};
  expect(scaled).toMatchObject({ ...rest, launch: others });
});

test('a pod’s grace is its own clock: how long a second of it lasts is known instead', () => {
  expect(configWith([['timeScale'], 10]).clusters['prod']?.pools['workers']?.drain).toEqual({
    maxGrace: 600_000,
    force: false,
    backoffFirst: 18_000,
    backoffMax: 180_000,
    graceSecond: 100,
  });
});

test('a time scale divides the durations of a removal', () => {
  const pool = configWith([['timeScale'], 10]).clusters['prod']?.pools['workers'];
  expect(pool?.removal).toMatchObject({ minNodeAge: 30_000, evictionRound: 6000 });
});

test('what nobody can set is divided too: an answer is remembered for less than any cooldown', () => {
  const rememberFor = (timeScale: number) =>
    configWith([['timeScale'], timeScale], [['redis'], { url: 'redis://redis' }]).redis?.rememberFor;
  expect([1, 30, 1000].map(rememberFor)).toEqual([FIXED_DURATIONS.answerMemory, 333, 10]);
});

test('scaled durations are whole milliseconds, and what was not zero is not', () => {
  const changes = [
    [['timeScale'], 700],
    [[...POOL, 'settle'], '1ms'],
    [[...POOL, 'cooldown', 'topUp'], '0s'],
  ] as const;
  const { timings, clusters } = configWith(...changes);
  const pool = clusters['prod']?.pools['workers'];
  expect(Object.values(timings).every((ms) => Number.isInteger(ms) && ms >= 1)).toBe(true);
  expect([pool?.settle, pool?.cooldown.topUp]).toEqual([1, 0]);
});
