import { z } from 'zod';
import { makeSchema } from '../../webhook/config/schema';
import { SCALED_DURATIONS } from '../../webhook/config/scale';
import { schemaKeys, type SchemaKey } from '../config/schema-keys';
import { tableRows } from './table-rows';

const rows = tableRows('configuration.md');
const keys = schemaKeys(z.toJSONSchema(makeSchema({}), { io: 'input' }));

/** What the column "Default" says; a key that has none may say in words what happens. */
function defaultOf({ byDefault, required }: SchemaKey): string {
  if (required) return 'required';
  if (byDefault === undefined) return 'none';
  return typeof byDefault === 'string' ? byDefault : JSON.stringify(byDefault);
}

test('docs/configuration.md has every key of the configuration and no other', () => {
  expect(rows.map(([key]) => key)).toEqual(keys.map(({ key }) => key));
});

test('docs/configuration.md says the default of every key', () => {
  const said = rows.map(([key, byDefault]) => [key, byDefault]);
  expect(said).toEqual(keys.map((it) => [it.key, it.key === 'replica' ? 'host name' : defaultOf(it)]));
});

test('docs/configuration.md marks the durations that the time scale divides', () => {
  const pool = 'clusters.<name>.pools.<name>';
  const scaled = [
    ...SCALED_DURATIONS.timings.map((key) => `timings.${key}`),
    ...SCALED_DURATIONS.returnToSpot.map((key) => `${pool}.launch.returnToSpot.${key}`),
    ...SCALED_DURATIONS.cooldown.map((key) => `${pool}.cooldown.${key}`),
    ...SCALED_DURATIONS.circuit.map((key) => `${pool}.circuit.${key}`),
    ...SCALED_DURATIONS.unavailable.map((key) => `${pool}.unavailable.${key}`),
    ...SCALED_DURATIONS.deadline.map((key) => `${pool}.deadline.${key}`),
    ...SCALED_DURATIONS.pool.map((key) => `${pool}.${key}`),
    ...SCALED_DURATIONS.drain.map((key) => `${pool}.drain.${key}`),
    ...SCALED_DURATIONS.removal.map((key) => `${pool}.removal.${key}`),
  ];
  const marked = rows.filter(([, , about]) => about?.startsWith('÷')).map(([key]) => key);
  expect(marked).toEqual(scaled);
});
