import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfiguration } from '../../stacks/configuration';
import { webhookPool } from '../../stacks/webhook-pool';
import { LEAST, WORKERS } from './support/synthesised';

const MADE = { template: { id: 'lt-0', version: '1' }, subnets: [], allocatable: { cpu: '1', memory: '1Gi' } };
const QUERY = 'sum(rate(http_requests_total[2m]))';
const parsed = (policy: object) =>
  parseConfiguration({ context: { smartscale: { ...LEAST, pools: { workers: { ...WORKERS, policy } } } } }, 'test');

function requestRateOf(requestRate: object): unknown {
  const pool = parsed({ requestRate }).pools['workers'];
  if (!pool) throw new Error('there is no pool');
  return (webhookPool(pool, MADE) as { requestRate?: unknown }).requestRate;
}

test('a query alone is for the Prometheus of the cluster, asked with what the unit of the webhook has', () => {
  const found = requestRateOf({ query: QUERY });
  expect(found).toEqual({
    prometheus: 'https://prometheus.monitoring.svc:9090',
    query: QUERY,
    authorization: { scheme: 'Basic', file: '/run/credentials/smartscale.service/monitoring-access' },
    caFile: '/run/credentials/smartscale.service/authority',
  });
  const unit = readFileSync(join(__dirname, '../../k3s/server/smartscale.service'), 'utf8');
  for (const name of ['monitoring-access', 'authority']) expect(unit).toContain(`\nLoadCredential=${name}:`);
});

test('whoever names another Prometheus says how to ask it', () => {
  const other = { prometheus: 'https://metrics.example.com', query: QUERY };
  expect(requestRateOf(other)).toEqual(other);
});

test('a rate without a query is told with its key', () => {
  expect(() => parsed({ requestRate: {} })).toThrow(
    / {2}- context\.smartscale\.pools\.workers\.policy\.requestRate\.query: /,
  );
});

describe('what the webhook believes of a new node', () => {
  const poolOf = (pool: object) => {
    const smartscale = { ...LEAST, pools: { workers: { ...WORKERS, ...pool } } };
    const found = parseConfiguration({ context: { smartscale } }, 'test').pools['workers'];
    if (!found) throw new Error('there is no pool');
    return webhookPool(found, MADE).node;
  };

  test('is its architecture, its kind of capacity, and the labels and taints of the pool', () => {
    const labels = { team: 'shop' };
    const taints = [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }];
    expect(poolOf({ labels, taints })).toEqual({
      allocatable: MADE.allocatable,
      labels: { 'kubernetes.io/arch': 'amd64', 'smartscale/capacity-type': 'on-demand', team: 'shop' },
      taints,
    });
  });

  test.each<[what: string, pool: object, type: string | undefined]>([
    ['spot', { capacity: 'spot' }, 'spot'],
    [
      'either, where a part is always on demand',
      { capacity: 'spot', policy: { launch: { onDemandBase: 1 } } },
      undefined,
    ],
  ])('its kind of capacity is %s', (_what, pool, type) => {
    expect(poolOf(pool).labels['smartscale/capacity-type']).toBe(type);
  });

  test('what it offers is what the operator says, where they say it', () => {
    const policy = { node: { allocatable: { memory: '6Gi' } } };
    expect(poolOf({ policy }).allocatable).toEqual({ cpu: '1', memory: '6Gi' });
  });
});
