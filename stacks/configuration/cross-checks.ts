/** What one key demands of another. Sections that are wrong in themselves have been reported and are passed over. */
import type { z } from 'zod';
import { list } from '../../webhook/config/fields';
import { networkChecks } from './network-checks';
import { parameterChecks } from './parameter-size';
import { poolChecks } from './pool-checks';
import { architectureMistakes, k3sChecks } from './host-checks';
import type { Mistake } from './mistake';
import { k3s, network, pool, region, server, tags, zone, type PoolConfiguration } from './schema';
import { DEFAULT_ZONES } from './subnet-blocks';
import { tagChecks } from './tag-checks';
import { webhookChecks } from './webhook-checks';

type Written = Readonly<Record<string, unknown>>;

export function crossChecks(written: Written): readonly Mistake[] {
  const pools = validPools(written['pools']);
  const networkOf = valid(network.prefault({}), written['network']);
  const serverOf = valid(server.prefault({}), written['server']);
  const k3sOf = valid(k3s.prefault({}), written['k3s']);
  const tagsOf = valid(tags.prefault({}), written['tags']);
  const zones = zoneCount(written, networkOf);
  return [
    ...zoneChecks(written),
    ...keyChecks(written),
    ...(networkOf ? networkChecks(networkOf, { written, pools }) : []),
    ...(serverOf ? architectureMistakes(['server', 'instanceType'], serverOf.instanceType, serverOf.architecture) : []),
    ...(k3sOf ? k3sChecks(k3sOf, [serverOf?.architecture ?? 'arm64', ...pools.map(([, it]) => it.architecture)]) : []),
    ...tagChecks(tagsOf ?? {}),
    ...pools.flatMap(([name, it]) => [
      ...poolChecks(name, it),
      ...webhookChecks(name, it, zones),
      ...parameterChecks(name, it, zones),
    ]),
  ];
}

function zoneCount(written: Written, networkOf: z.output<typeof network> | null): number {
  if (networkOf?.existing) return networkOf.existing.subnetIds.length;
  return valid(list(zone, 6, 2), written['zones'])?.length ?? DEFAULT_ZONES;
}

function zoneChecks(written: Written): readonly Mistake[] {
  const zones = valid(list(zone, 6, 2), written['zones']);
  const inRegion = valid(region, written['region']);
  if (!zones) return [];
  if (written['region'] === undefined) return [{ path: ['zones'], message: 'must go with region' }];
  return zones.flatMap((it, i) => {
    const path = ['zones', String(i)];
    if (inRegion && it.slice(0, -1) !== inRegion)
      return [{ path, message: `must be a zone of ${inRegion}, not ${it}` }];
    return zones.indexOf(it) < i ? [{ path, message: 'must not be there twice' }] : [];
  });
}

/** A key is of one region; a copy in another one has an ARN of its own. */
function keyChecks({ volumeKey, region: inRegion }: Written): readonly Mistake[] {
  const [, , service, keyRegion] = typeof volumeKey === 'string' ? volumeKey.split(':') : [];
  if (service !== 'kms' || typeof inRegion !== 'string' || keyRegion === inRegion) return [];
  return [{ path: ['volumeKey'], message: `must be a key of ${inRegion}, not of ${keyRegion}` }];
}

function validPools(written: unknown): readonly (readonly [string, PoolConfiguration])[] {
  if (typeof written !== 'object' || written === null) return [];
  return Object.entries(written).flatMap(([name, it]) => {
    const found = valid(pool, it);
    return found ? [[name, found] as const] : [];
  });
}

/** Null for what is wrong in itself; keys that nobody knows are passed over, so that the rest is looked at too. */
function valid<T extends z.ZodType>(schema: T, written: unknown): z.output<T> | null {
  const { success, data, error } = schema.safeParse(written);
  if (success) return data;
  if (error.issues.some(({ code }) => code !== 'unrecognized_keys')) return null;
  const known = structuredClone(written);
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys')
      issue.keys.forEach((key) => Reflect.deleteProperty(objectAt(known, issue.path), key));
  }
  const again = schema.safeParse(known);
  return again.success ? again.data : null;
}

function objectAt(value: unknown, path: readonly PropertyKey[]): object {
  return path.reduce<unknown>((at, key) => (at as Readonly<Record<PropertyKey, unknown>>)[key], value) as object;
}
