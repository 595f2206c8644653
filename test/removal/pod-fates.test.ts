import type { Pod } from '../../webhook/model/observation';
import { drainList, fateOfPod, type PodFate } from '../../webhook/removal/pod-fates';
import { aPod } from '../support/builders';

const CA = 'cluster-autoscaler.kubernetes.io';
const LOCAL = `${CA}/safe-to-evict-local-volumes`;

describe('what a drain does with a pod', () => {
  it.each<[string, Partial<Pod>, PodFate['fate']]>([
    ['of a ReplicaSet', {}, 'evict'],
    ['of a StatefulSet', { ownerKind: 'StatefulSet' }, 'evict'],
    ['of a Job', { ownerKind: 'Job' }, 'evict'],
    ['that is still starting', { phase: 'Pending' }, 'evict'],
    ['of a lost kubelet', { phase: 'Unknown' }, 'evict'],
    ['of a DaemonSet', { ownerKind: 'DaemonSet' }, 'leave'],
    ['that mirrors a file of the node', { mirror: true }, 'leave'],
    ['owned by the node', { ownerKind: 'Node' }, 'leave'],
    ['that has succeeded', { phase: 'Succeeded' }, 'finished'],
    ['that has failed', { phase: 'Failed' }, 'finished'],
    ['that has succeeded and has no owner', { phase: 'Succeeded', ownerKind: null }, 'finished'],
    ['on its way out', { terminating: true }, 'going'],
    ['on its way out without an owner', { terminating: true, ownerKind: null }, 'going'],
    ['without an owner', { ownerKind: null }, 'block'],
    ['with data on the node', { localVolumes: ['data'] }, 'block'],
  ])('%s: %s', (_name, overrides, fate) => {
    expect(fateOfPod(aPod('p', overrides)).fate).toBe(fate);
  });

  it.each<[string, string, PodFate['fate']]>([
    [`${CA}/safe-to-evict`, 'false', 'block'],
    [`${CA}/safe-to-evict`, 'true', 'evict'],
    ['karpenter.sh/do-not-disrupt', 'true', 'block'],
    ['karpenter.sh/do-not-disrupt', 'false', 'evict'],
    ['karpenter.sh/do-not-evict', 'true', 'block'],
    ['karpenter.sh/do-not-evict', 'false', 'evict'],
    ['smartscale/safe-to-evict', 'false', 'block'],
    ['smartscale/safe-to-evict', 'true', 'evict'],
  ])('annotated %s=%s: %s', (key, value, fate) => {
    expect(fateOfPod(aPod('p', { annotations: { [key]: value } })).fate).toBe(fate);
  });

  it.each<[string, Partial<Pod>, PodFate['fate']]>([
    ['declared safe, without an owner', { ownerKind: null, annotations: { [`${CA}/safe-to-evict`]: 'true' } }, 'evict'],
    ['declared safe, with data', { localVolumes: ['a'], annotations: { [`${CA}/safe-to-evict`]: 'true' } }, 'evict'],
    ['whose volume is declared safe', { localVolumes: ['a'], annotations: { [LOCAL]: 'a' } }, 'evict'],
    ['whose volumes are declared safe', { localVolumes: ['a', 'b'], annotations: { [LOCAL]: 'b, a' } }, 'evict'],
    ['of whose volumes one is not', { localVolumes: ['a', 'b'], annotations: { [LOCAL]: 'a' } }, 'block'],
    [
      'declared safe here and kept there',
      { annotations: { [`${CA}/safe-to-evict`]: 'true', 'karpenter.sh/do-not-disrupt': 'true' } },
      'block',
    ],
    [
      'kept, of a DaemonSet',
      { ownerKind: 'DaemonSet', annotations: { 'karpenter.sh/do-not-disrupt': 'true' } },
      'leave',
    ],
  ])('%s: %s', (_name, overrides, fate) => {
    expect(fateOfPod(aPod('p', overrides)).fate).toBe(fate);
  });

  it('says which pod blocks and why', () => {
    expect(fateOfPod(aPod('p', { localVolumes: ['cache'] }))).toEqual({
      fate: 'block',
      why: 'pod default/p keeps data in local volume cache',
    });
    expect(fateOfPod(aPod('p', { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } }))).toEqual({
      fate: 'block',
      why: 'pod default/p has karpenter.sh/do-not-disrupt=true',
    });
  });
});

describe('the pods of a node', () => {
  it('are sorted by their fate', () => {
    const list = drainList([
      aPod('move'),
      aPod('daemon', { ownerKind: 'DaemonSet' }),
      aPod('done', { phase: 'Succeeded' }),
      aPod('going', { terminating: true }),
      aPod('bare', { ownerKind: null }),
    ]);
    expect(list.evict.map((pod) => pod.name)).toEqual(['move']);
    expect(list.going.map((pod) => pod.name)).toEqual(['going']);
    expect(list.blockers).toEqual(['pod default/bare is a bare pod: nobody would create it again']);
  });
});
