/** The pool as the webhook will read it, checked by the webhook's own schema: its mistakes are told before anything is made. */
import { ConfigError, parseConfig } from '../../webhook/config';
import { webhookPool } from '../webhook-pool';
import type { Mistake } from './cross-checks';
import type { PoolConfiguration } from './schema';

/** Of what only exists when it is made. */
const template = { id: 'lt-0', version: '1' };
const allocatable = { cpu: '1', memory: '1Gi' };
const ZONES = ['a', 'b', 'c', 'd', 'e', 'f'];
const REGION = 'xx-nowhere-1';
const SET_ABOVE: readonly string[] = ['min', 'max', 'node'];
const SET_IN_LAUNCH: readonly string[] = ['template', 'subnets', 'instanceTypes', 'capacity'];

/** `zones`: how many. */
export function webhookChecks(name: string, pool: PoolConfiguration, zones: number): readonly Mistake[] {
  const path = ['pools', name, 'policy'];
  const { policy } = pool;
  const launch = isMap(policy['launch']) ? policy['launch'] : {};
  const above = [
    ...SET_ABOVE.filter((key) => Object.hasOwn(policy, key)).map((key) => [key]),
    ...SET_IN_LAUNCH.filter((key) => Object.hasOwn(launch, key)).map((key) => ['launch', key]),
  ];
  if (Object.hasOwn(policy, 'launch') && !isMap(policy['launch']))
    return [{ path: [...path, 'launch'], message: 'must be a map of keys' }];
  if (above.length > 0)
    return above.map((key) => ({
      path: [...path, ...key],
      message: `must not be set here: it follows from pools.${name} and from what is made`,
    }));
  return problemsOf(pool, zones).map((problem) => {
    const [key = '', ...rest] = problem.replace('clusters.c.pools.p.', '').split(' ');
    return { path: ['pools', name, ...ourKey(key, policy)], message: rest.join(' ') };
  });
}

/** Where it is written here. */
function ourKey(key: string, policy: PoolConfiguration['policy']): readonly string[] {
  const [first = '', second = '', ...deeper] = key.split('.');
  if (first === 'launch' && SET_IN_LAUNCH.includes(second)) return [second, ...deeper];
  return Object.hasOwn(policy, first) ? ['policy', ...key.split('.')] : key.split('.');
}

function problemsOf(pool: PoolConfiguration, zones: number): readonly string[] {
  const subnets = ZONES.slice(0, zones).map((letter) => ({ id: `subnet-${letter}`, zone: `${REGION}${letter}` }));
  const cluster = {
    alertmanager: { urls: ['http://127.0.0.1:9093'] },
    kubernetes: { server: 'https://127.0.0.1:6443' },
    ec2: { region: REGION },
    pools: { p: webhookPool(pool, { template, allocatable, subnets }) },
  };
  const file = { mode: 'local', store: { table: 'table', region: REGION }, clusters: { c: cluster } };
  try {
    parseConfig(JSON.stringify(file), 'policy', {});
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((line) => line.replace(/^line \d+: /, ''));
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
