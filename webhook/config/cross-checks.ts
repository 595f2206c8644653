/**
 * What one key of the configuration demands of another. Looks at a file that may be wrong elsewhere, so it takes nothing
 * for granted: what is not of the expected kind has been reported already and is passed over.
 */
import { readCertificate } from './certificate';
import { isLoopback } from './loopback';
import type { SecretReader } from './secrets';

export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export function crossChecks(file: unknown): readonly Mistake[] {
  const local = get(file, 'mode') === 'local';
  const clusters = entries(get(file, 'clusters'));
  return [
    ...wrongNames(clusters),
    ...(local ? listensLocally(get(file, 'listen', 'host')) : everyoneHasTokens(clusters)),
    ...(local ? allOrNobodyHasTokens(clusters) : strongTokens(clusters)),
    ...ambiguousTokens(clusters),
    ...unusableCertificate(get(file, 'listen', 'tls')),
    ...unusedAuthority(get(file, 'redis')),
    ...clusters.flatMap(([name, cluster]) =>
      entries(get(cluster, 'pools')).flatMap(([pool, policy]) => poolChecks(policy, ['clusters', name, 'pools', pool])),
    ),
  ];
}

/** Not in the schema: there a wrong name would hide what is wrong below it. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function wrongNames(clusters: Entries): readonly Mistake[] {
  const message = 'must be a name of at most 63 lower case letters, digits and dashes';
  return clusters.flatMap(([cluster, value]) =>
    [['clusters', cluster], ...entries(get(value, 'pools')).map(([pool]) => ['clusters', cluster, 'pools', pool])]
      .filter((path) => !NAME.test(path.at(-1) ?? ''))
      .map((path) => ({ path, message })),
  );
}

/** Who names an authority expects TLS, and would send the password in the clear. */
function unusedAuthority(redis: unknown): readonly Mistake[] {
  const isPlain = String(get(redis, 'url')).startsWith('redis:');
  if (get(redis, 'caFile') === undefined || !isPlain) return [];
  return [{ path: ['redis', 'caFile'], message: 'must go with an address that begins with rediss://' }];
}

function unusableCertificate(tls: unknown): readonly Mistake[] {
  const [certFile, keyFile] = [get(tls, 'certFile'), get(tls, 'keyFile')];
  if (typeof certFile !== 'string' || typeof keyFile !== 'string') return [];
  try {
    readCertificate({ certFile, keyFile });
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ path: ['listen', 'tls'], message: `must name a certificate and its key: ${why}` }];
  }
}

// --------------------------------------------------------------------- tokens

const PURPOSES = ['tokens', 'operatorTokens'] as const;
const WEAK = 16;

function listensLocally(host: unknown): readonly Mistake[] {
  if (typeof host !== 'string' || isLoopback(host)) return [];
  return [{ path: ['listen', 'host'], message: 'must be a loopback address in local mode, such as 127.0.0.1' }];
}

function everyoneHasTokens(clusters: Entries): readonly Mistake[] {
  return clusters.flatMap(([name, cluster]) =>
    PURPOSES.filter((purpose) => list(get(cluster, purpose)).length === 0).map((purpose) => ({
      path: ['clusters', name, purpose],
      message: 'must name at least one token, {env: NAME} or {file: /path}, unless mode is local',
    })),
  );
}

/** A token says which cluster calls: where one cluster has some, no other can be recognised without. */
function allOrNobodyHasTokens(clusters: Entries): readonly Mistake[] {
  return PURPOSES.flatMap((purpose) => {
    const without = clusters.filter(([, cluster]) => list(get(cluster, purpose)).length === 0);
    if (without.length === clusters.length) return [];
    const message = 'must name a token, because another cluster has one';
    return without.map(([name]) => ({ path: ['clusters', name, purpose], message }));
  });
}

function strongTokens(clusters: Entries): readonly Mistake[] {
  return readTokens(clusters).flatMap(({ path, value }) =>
    value.length < WEAK ? [{ path, message: `must be a secret of at least ${WEAK} characters` }] : [],
  );
}

/** The same secret in two clusters could mean either. */
function ambiguousTokens(clusters: Entries): readonly Mistake[] {
  const tokens = readTokens(clusters);
  return tokens.flatMap(({ path, cluster, value }, i) => {
    const other = tokens.slice(0, i).find((it) => it.value === value && it.cluster !== cluster);
    return other ? [{ path, message: `must not be the secret that ${other.path.join('.')} has too` }] : [];
  });
}

function readTokens(clusters: Entries) {
  return clusters.flatMap(([cluster, settings]) =>
    PURPOSES.flatMap((purpose) =>
      list(get(settings, purpose)).flatMap((reader, i) =>
        isReader(reader) ? [{ path: ['clusters', cluster, purpose, i], cluster, value: reader() }] : [],
      ),
    ),
  );
}

function isReader(value: unknown): value is SecretReader {
  return typeof value === 'function';
}

// ---------------------------------------------------------------------- pools

/** EC2 takes at most so many overrides in one CreateFleet. */
const MOST_OVERRIDES = 300;

function poolChecks(pool: unknown, path: Mistake['path']): readonly Mistake[] {
  const subnets = list(get(pool, 'launch', 'subnets'));
  const types = list(get(pool, 'launch', 'instanceTypes'));
  const overrides = subnets.length * types.length;
  return [
    ...notBelow(pool, [['min'], ['max']], path),
    ...notBelow(
      pool,
      [
        ['cooldown', 'backoffFirst'],
        ['cooldown', 'backoffMax'],
      ],
      path,
    ),
    ...zonesKeepTooMany(pool, subnets.length, path),
    ...emptyWindows(list(get(pool, 'removal', 'blockedWindows')), [...path, 'removal', 'blockedWindows']),
    ...repeated(subnets.map((it) => get(it, 'zone'))).map((i) => ({
      path: [...path, 'launch', 'subnets', i, 'zone'],
      message: 'must be a zone of its own: a fleet takes one subnet a zone',
    })),
    ...repeated(types).map((i) => ({
      path: [...path, 'launch', 'instanceTypes', i],
      message: 'must not be there twice',
    })),
    ...(overrides > MOST_OVERRIDES
      ? [
          {
            path: [...path, 'launch'],
            message: `must have at most ${MOST_OVERRIDES} pairs of subnet and instance type`,
          },
        ]
      : []),
  ];
}

/** Then nothing could ever be given back. */
function zonesKeepTooMany(pool: unknown, zones: number, path: Mistake['path']): readonly Mistake[] {
  const [least, max] = [get(pool, 'removal', 'minPerZone'), get(pool, 'max')];
  if (typeof least !== 'number' || typeof max !== 'number' || least * zones <= max) return [];
  const message = `must not be more than max divided among the ${zones} zones`;
  return [{ path: [...path, 'removal', 'minPerZone'], message }];
}

function emptyWindows(windows: readonly unknown[], path: Mistake['path']): readonly Mistake[] {
  return windows.flatMap((window, i) => {
    const from = get(window, 'from');
    if (typeof from !== 'string' || from !== get(window, 'to')) return [];
    return [{ path: [...path, i, 'to'], message: 'must not be the same as from; a whole day is 00:00 to 24:00' }];
  });
}

function notBelow(
  pool: unknown,
  [least, most]: readonly [readonly string[], readonly string[]],
  path: Mistake['path'],
): readonly Mistake[] {
  const [low, high] = [get(pool, ...least), get(pool, ...most)];
  if (typeof low !== 'number' || typeof high !== 'number' || high >= low) return [];
  // Durations have become milliseconds, which nobody wrote.
  const bound = least.length === 1 ? `${least[0]}, which is ${low}` : least.at(-1);
  return [{ path: [...path, ...most], message: `must not be less than ${bound}` }];
}

/** Places of what has been there before. */
function repeated(values: readonly unknown[]): readonly number[] {
  return values.flatMap((value, i) => (typeof value === 'string' && values.indexOf(value) < i ? [i] : []));
}

// -------------------------------------------------------------- unknown values

type Entries = readonly (readonly [string, unknown])[];

function get(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? at[key as keyof typeof at] : undefined,
    value,
  );
}

function entries(value: unknown): Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
