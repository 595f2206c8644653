import { toClaims, type RawVolume } from '../../../webhook/adapters/kubernetes/to-claims';

const claim = (volumeName?: string) => ({
  metadata: { namespace: 'shop', name: 'data' },
  spec: { ...(volumeName !== undefined && { volumeName }) },
});

function nodesOf(volume: Partial<RawVolume>) {
  return toClaims([claim('pv-1')], [{ ...volume, metadata: { name: 'pv-1', ...volume.metadata } }])[0]?.nodes;
}

const zoned = (key: string) => ({
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['a'] }] }] } },
});
const inZone = (key: string, ...values: string[]) => ({ key, operator: 'In', values });

test('a claim demands nothing while it has no volume, or one that is not there', () => {
  expect(toClaims([claim()], [])).toEqual([{ namespace: 'shop', name: 'data', volume: null, nodes: null }]);
  expect(toClaims([claim('pv-1')], [])).toEqual([{ namespace: 'shop', name: 'data', volume: 'pv-1', nodes: null }]);
});

test('a volume that says nothing can be used anywhere', () => {
  expect(nodesOf({})).toBeNull();
});

test('a volume demands what its node affinity says', () => {
  const key = 'topology.ebs.csi.aws.com/zone';
  expect(nodesOf({ spec: zoned(key) })).toEqual([{ labels: [inZone(key, 'a')], fields: [] }]);
});

test('a volume of old demands the zones of its label, of which there may be several', () => {
  const key = 'failure-domain.beta.kubernetes.io/zone';
  expect(nodesOf({ metadata: { labels: { [key]: 'a__b' } } })).toEqual([
    { labels: [inZone(key, 'a', 'b')], fields: [] },
  ]);
});

test('label and node affinity hold both', () => {
  const key = 'topology.kubernetes.io/zone';
  const labels = { [key]: 'a' };
  expect(nodesOf({ metadata: { labels }, spec: zoned(key) })).toEqual([
    { labels: [inZone(key, 'a'), inZone(key, 'a')], fields: [] },
  ]);
});
