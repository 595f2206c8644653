/** The pool as the webhook will read it, checked by the webhook's own schema: its mistakes are told before anything is made. */
import { ConfigError, parseConfig } from '../../webhook/config';
import { webhookPool } from '../webhook-pool';
import type { Mistake } from './mistake';
import { hinted } from './nearest';
import type { PoolConfiguration } from './schema';

/** Of what only exists when it is made. */
const template = { id: 'lt-0', version: '1' };
const allocatable = { cpu: '1', memory: '1Gi' };
const ZONES = ['a', 'b', 'c', 'd', 'e', 'f'];
const REGION = 'xx-nowhere-1';
/** Keys of the webhook's pool that are keys of ours. */
const SET_ABOVE = ['min', 'max', 'node.labels', 'node.taints', 'launch.instanceTypes', 'launch.capacity'];
const FOLLOWS = ['launch.template', 'launch.subnets'];
const SECTIONS = ['launch', 'node'];

type Policy = PoolConfiguration['policy'];

/** `zones`: how many. */
export function webhookChecks(name: string, pool: PoolConfiguration, zones: number): readonly Mistake[] {
  const path = ['pools', name, 'policy'];
  const { policy } = pool;
  const noMaps = SECTIONS.filter((key) => Object.hasOwn(policy, key) && !isMap(policy[key]));
  if (noMaps.length > 0) return noMaps.map((key) => ({ path: [...path, key], message: 'must be a map of keys' }));
  const elsewhere = [...SET_ABOVE, ...FOLLOWS].filter((key) => isSet(policy, key));
  if (elsewhere.length > 0)
    return elsewhere.map((key) => ({
      path: [...path, key],
      message: FOLLOWS.includes(key)
        ? 'must not be set: it follows from what is made'
        : `must not be set here, but as pools.${name}.${key.split('.').at(-1)}`,
    }));
  return problemsOf(pool, zones).map((problem) => {
    const [key = '', ...rest] = problem.replace('clusters.c.pools.p.', '').split(' ');
    const message = rest.join(' ');
    return { path: ['pools', name, ...ourKey(key, policy)], message: hinted(key.split('.').at(-1) ?? '', message) };
  });
}

function isSet(policy: Policy, key: string): boolean {
  const [first = '', second] = key.split('.');
  const section = policy[first];
  return second === undefined ? Object.hasOwn(policy, first) : isMap(section) && Object.hasOwn(section, second);
}

/** Where it is written here. */
function ourKey(key: string, policy: Policy): readonly string[] {
  const above = SET_ABOVE.find((it) => key === it || key.startsWith(`${it}.`));
  if (above !== undefined) return [key.slice(above.lastIndexOf('.') + 1)];
  const [first = ''] = key.split('.');
  return Object.hasOwn(policy, first) ? ['policy', key] : [key];
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
