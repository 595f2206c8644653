import { SmartScaleError, type ErrorCode } from '../../webhook/errors';
import { preflightPeers, preflightShared } from '../../webhook/preflight/preflight-peers';
import type { AlertmanagerPort } from '../../webhook/ports';
import { faultOf } from './sound-facts';

const refuse = (code: ErrorCode) => () => Promise.reject(new SmartScaleError(code, 'because'));
const none = () => Promise.resolve([]);

function alertmanagers(...faults: readonly boolean[]): AlertmanagerPort {
  const level = { alerts: [], silences: [], watchdogAt: null } as never;
  const fault = faultOf('alertmanager-unreachable');
  return { read: () => Promise.resolve(faults.map((lost) => (lost ? { ok: false, fault } : { ok: true, level }))) };
}

const SOUND = { alertmanager: alertmanagers(false), kubernetes: { listNodes: none, listPods: none } };
const brief = async (found: ReturnType<typeof preflightPeers>) => (await found).map(({ code, key }) => [code, key]);

describe('of a cluster', () => {
  it('nothing is said when all answer', async () => {
    expect(await preflightPeers('shop', SOUND)).toEqual([]);
  });

  it('each Alertmanager that does not answer is named by its place', async () => {
    const alertmanager = alertmanagers(false, true, true);
    expect(await brief(preflightPeers('shop', { ...SOUND, alertmanager }))).toEqual([
      ['alertmanager-unreachable', 'clusters.shop.alertmanager.urls.1'],
      ['alertmanager-unreachable', 'clusters.shop.alertmanager.urls.2'],
    ]);
  });

  it.each<[ErrorCode, string]>([
    ['kubernetes-unreachable', 'kubernetes-unreachable'],
    ['kubernetes-rejected', 'kubernetes-unreachable'],
    ['kubernetes-forbidden', 'kubernetes-forbidden'],
  ])('an API server that says %s is found as %s, also when only pods are withheld', async (code, found) => {
    for (const kubernetes of [
      { listNodes: refuse(code), listPods: none },
      { listNodes: none, listPods: refuse(code) },
    ]) {
      expect(await brief(preflightPeers('shop', { ...SOUND, kubernetes }))).toEqual([
        [found, 'clusters.shop.kubernetes'],
      ]);
    }
  });
});

describe('the version of K3s', () => {
  const of = (version: () => Promise<string>) => preflightPeers('shop', { ...SOUND, serverVersion: version });

  it.each(['v1.29.2+k3s1', 'v1.28.15+k3s1', 'v0.99.99+k3s1'])('%s is too old', async (version) => {
    expect(await of(() => Promise.resolve(version))).toMatchObject([
      { code: 'k3s-too-old', severity: 'warning', what: `the API server is ${version}` },
    ]);
  });

  it.each(['v1.29.3+k3s1', 'v1.29.10-rc1+k3s2', 'v1.30.0+k3s1', 'v2.0.0+k3s1', 'v1.28.1-eks-1', 'v1.20.0', 'none'])(
    '%s is not',
    async (version) => {
      expect(await of(() => Promise.resolve(version))).toEqual([]);
    },
  );

  it('that nobody may ask for is not known', async () => {
    expect(await of(refuse('kubernetes-forbidden'))).toMatchObject([{ code: 'not-checked' }]);
  });
});

describe('of what all clusters share', () => {
  const store = { ping: () => Promise.resolve() };
  const inspected = (faults: readonly ErrorCode[], unknown: readonly string[] = []) =>
    preflightShared({
      store,
      inspectStore: () => Promise.resolve({ faults: faults.map((it) => faultOf(it)), unknown }),
    });

  it('a table that does not answer, or is not as it must be, is a problem; one without TTL a warning', async () => {
    const lost = preflightShared({ store: { ping: refuse('store-table-missing') }, inspectStore: refuse('internal') });
    expect(await lost).toMatchObject([{ code: 'store-unusable', severity: 'problem', key: 'store', cluster: null }]);
    expect(await inspected(['store-table-unusable'])).toMatchObject([{ code: 'store-unusable' }]);
    expect(await inspected(['store-without-ttl'])).toMatchObject([{ code: 'store-without-ttl', severity: 'warning' }]);
    expect(await preflightShared({ store })).toEqual([]);
  });

  it('what the role may not ask of the table is not known', async () => {
    expect(await inspected([], ['DescribeTable: AccessDeniedException'])).toMatchObject([
      { code: 'not-checked', what: 'the settings of the table: DescribeTable: AccessDeniedException' },
    ]);
    const silent = preflightShared({ store, inspectStore: refuse('store-unreachable') });
    expect(await silent).toMatchObject([{ code: 'not-checked', severity: 'unknown' }]);
  });

  it('a Redis that is configured and does not answer is a warning', async () => {
    const redis = { check: () => Promise.resolve('error' as const), fault: faultOf('redis-unreachable') };
    expect(await preflightShared({ store, redis })).toMatchObject([{ code: 'redis-unreachable', severity: 'warning' }]);
    const sound = { check: () => Promise.resolve('ok' as const), fault: null };
    expect(await preflightShared({ store, redis: sound })).toEqual([]);
  });
});
