import { factsOf } from '../../webhook/removal/pod-facts';
import { drainList, fateOfPod, type PodFate } from '../../webhook/removal/pod-fates';
import { tierOf } from '../../webhook/removal/system-pods';
import type { Claim, CompleteObservation, Pod } from '../../webhook/model/observation';
import { MINUTE, NOW, SECOND, aBudget, aPod, observation } from '../support/builders';

const CA = 'cluster-autoscaler.kubernetes.io';
const LOCAL = `${CA}/safe-to-evict-local-volumes`;
const SAFE = { [`${CA}/safe-to-evict`]: 'true' };
const KEPT = { 'karpenter.sh/do-not-disrupt': 'true' };

const onHost = (key: string): Claim => ({
  namespace: 'default',
  name: 'data',
  volume: 'pv-1',
  nodes: [{ labels: [{ key, operator: 'In', values: ['i-1'] }], fields: [] }],
});

function fateIn(seen: Partial<CompleteObservation>, overrides: Partial<Pod>): PodFate {
  return fateOfPod(aPod('p', overrides), factsOf(observation(seen), NOW));
}

function fate(overrides: Partial<Pod>): string {
  const it = fateIn({}, overrides);
  return `${it.fate}: ${it.because}`;
}

describe('what a drain does with a pod', () => {
  it.each<[string, Partial<Pod>, string]>([
    ['of a ReplicaSet', {}, 'evict: ordinary'],
    ['of a StatefulSet', { ownerKind: 'StatefulSet' }, 'evict: ordinary'],
    ['of a Job', { ownerKind: 'Job' }, 'evict: ordinary'],
    ['that is still starting', { phase: 'Pending' }, 'evict: ordinary'],
    ['of a lost kubelet', { phase: 'Unknown' }, 'evict: ordinary'],
    ['of a DaemonSet', { ownerKind: 'DaemonSet' }, 'leave: daemon-set'],
    ['that says it is one of a DaemonSet', { annotations: { [`${CA}/daemonset-pod`]: 'true' } }, 'leave: daemon-set'],
    ['that mirrors a file of the node', { mirror: true }, 'leave: mirror'],
    ['owned by the node', { ownerKind: 'Node' }, 'leave: mirror'],
    ['that has succeeded', { phase: 'Succeeded' }, 'finished: completed'],
    ['that has failed', { phase: 'Failed' }, 'finished: completed'],
    ['that has succeeded and has no owner', { phase: 'Succeeded', ownerKind: null }, 'finished: completed'],
    ['on its way out', { terminating: true }, 'going: terminating'],
    ['on its way out without an owner', { terminating: true, ownerKind: null }, 'going: terminating'],
    ['that is to complete', { annotations: { [`${CA}/safe-to-evict`]: 'on-completion' } }, 'going: on-completion'],
    ['without an owner', { ownerKind: null }, 'block: bare'],
    ['with data on the node', { localVolumes: ['data'] }, 'block: local-data'],
  ])('%s: %s', (_name, overrides, expected) => {
    expect(fate(overrides)).toBe(expected);
  });

  it.each<[number, string]>([
    [NOW - 60 * SECOND, 'going: terminating'],
    [NOW - 60 * SECOND - 1, 'stuck: long-terminating'],
  ])('is no longer waited for when its grace, and as much again and half a minute are over: %i', (deletionAt, it) => {
    expect(fate({ terminating: true, deletionAt, graceSeconds: 30 })).toBe(it);
  });

  it.each([
    [`${CA}/safe-to-evict`, 'false', 'block: kept-by-annotation'],
    [`${CA}/safe-to-evict`, 'true', 'evict: declared-safe'],
    ['karpenter.sh/do-not-disrupt', 'true', 'block: kept-by-annotation'],
    ['karpenter.sh/do-not-disrupt', 'false', 'evict: ordinary'],
    ['karpenter.sh/do-not-disrupt', 'soon', 'evict: ordinary'],
    ['karpenter.sh/do-not-evict', 'true', 'block: kept-by-annotation'],
    ['karpenter.sh/do-not-evict', 'false', 'evict: ordinary'],
    ['smartscale/safe-to-evict', 'false', 'block: kept-by-annotation'],
    ['smartscale/safe-to-evict', 'true', 'evict: ordinary'],
  ])('annotated %s=%s: %s', (key, value, expected) => {
    expect(fate({ annotations: { [key]: value } })).toBe(expected);
  });

  it.each([
    ['30m', 30 * MINUTE],
    ['1h30m', 90 * MINUTE],
    ['1.5m', 90 * SECOND],
    ['90s', 90 * SECOND],
    ['500ms', 500],
  ])('kept for %s stays as long as that from its start, not from its creation', (written, length) => {
    const annotations = { 'karpenter.sh/do-not-disrupt': written };
    expect(fate({ annotations, startedAt: NOW - length + 1 })).toBe('block: kept-by-annotation');
    expect(fate({ annotations, startedAt: NOW - length })).toBe('evict: ordinary');
    expect(fate({ annotations, createdAt: NOW - length + 1 })).toBe('block: kept-by-annotation');
  });

  it('is not kept for having started after now: a clock may have been set back', () => {
    expect(fate({ startedAt: NOW + MINUTE, createdAt: NOW + MINUTE })).toBe('evict: ordinary');
  });

  it.each<[string, Partial<Pod>, boolean]>([
    ['names our taint', { tolerations: [{ key: 'smartscale/draining', operator: 'Exists' }] }, true],
    ['tolerates everything', { tolerations: [{ operator: 'Exists' }] }, true],
    ['tolerates everything that keeps pods off', { tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }] }, true],
    ['tolerates what ends pods', { tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] }, false],
    ['tolerates something else', { tolerations: [{ key: 'spot', operator: 'Exists' }] }, false],
  ])('stays when it %s', (_name, overrides, stays) => {
    expect(fate(overrides)).toBe(stays ? 'leave: tolerates-drain' : 'evict: ordinary');
  });

  it.each<[string, Partial<Pod>, string]>([
    ['declared safe, without an owner', { ownerKind: null, annotations: SAFE }, 'evict: declared-safe'],
    ['declared safe, with data', { localVolumes: ['a'], annotations: SAFE }, 'evict: declared-safe'],
    ['declared safe here and kept there', { annotations: { ...SAFE, ...KEPT } }, 'evict: declared-safe'],
    ['declared safe, and done', { phase: 'Failed', annotations: SAFE }, 'finished: completed'],
    ['whose volume is declared safe', { localVolumes: ['a'], annotations: { [LOCAL]: 'a' } }, 'evict: ordinary'],
    ['whose volumes are', { localVolumes: ['a', 'b'], annotations: { [LOCAL]: 'b, a' } }, 'evict: ordinary'],
    ['of whose volumes one is not', { localVolumes: ['a', 'b'], annotations: { [LOCAL]: 'a' } }, 'block: local-data'],
    ['kept, of a DaemonSet', { ownerKind: 'DaemonSet', annotations: KEPT }, 'leave: daemon-set'],
    [
      'kept, that tolerates the drain',
      { tolerations: [{ operator: 'Exists' }], annotations: KEPT },
      'block: kept-by-annotation',
    ],
    ['of a person who debugs the node', { tolerations: [{ operator: 'Exists' }], ownerKind: null }, 'block: bare'],
    ['kept, of the lowest priority', { priority: -11, annotations: KEPT }, 'evict: expendable'],
    ['bare, of the lowest priority', { priority: -11, ownerKind: null }, 'evict: expendable'],
    ['bare, at the cut-off', { priority: -10, ownerKind: null }, 'block: bare'],
  ])('%s: %s', (_name, overrides, expected) => {
    expect(fate(overrides)).toBe(expected);
  });

  it.each(['kubernetes.io/hostname', 'metadata.name'])(
    'never leaves a volume that is bound to a machine by %s',
    (key) => {
      const seen = { claims: [onHost(key)] };
      expect(fateIn(seen, { claims: ['data'], annotations: SAFE })).toEqual({
        fate: 'block',
        because: 'bound-to-host',
        why: 'pod default/p has its volume data on this machine only',
      });
      expect(fateIn(seen, { claims: ['data'], namespace: 'other' }).fate).toBe('evict');
      expect(fateIn({ claims: [onHost('topology.kubernetes.io/zone')] }, { claims: ['data'] }).fate).toBe('evict');
    },
  );

  it('says which pod blocks and why', () => {
    expect(fateIn({}, { localVolumes: ['cache'] })).toMatchObject({
      why: 'pod default/p keeps data in local volume cache',
    });
    expect(fateIn({}, { annotations: KEPT })).toMatchObject({
      why: 'pod default/p has karpenter.sh/do-not-disrupt=true',
    });
  });
});

describe('a system pod', () => {
  const system = { namespace: 'kube-system', createdAt: NOW - 60 * MINUTE + 1 };

  it('without a budget stays for its first hour', () => {
    expect(fate(system)).toBe('block: young-system-pod');
    expect(fate({ ...system, createdAt: NOW - 60 * MINUTE })).toBe('evict: ordinary');
    expect(fate({ ...system, namespace: 'default' })).toBe('evict: ordinary');
  });

  it('with a budget is left to the budget', () => {
    const budgets = [aBudget('b', { app: 'dns' }, { namespace: 'kube-system' })];
    expect(fateIn({ budgets }, { ...system, labels: { app: 'dns' } }).fate).toBe('evict');
    expect(fateIn({ budgets }, { ...system, labels: { app: 'other' } }).fate).toBe('block');
  });

  it('does not block while nobody has read the budgets', () => {
    const { budgets: _unread, ...seen } = observation();
    expect(fateOfPod(aPod('p', system), factsOf(seen, NOW)).fate).toBe('evict');
  });

  it.each(['coredns-7b9', 'metrics-server-5c', 'local-path-provisioner-6', 'traefik-1'])(
    '%s of K3s moves after its first hour, last, whatever scratch it keeps',
    (name) => {
      const ofK3s = aPod(name, { ...system, createdAt: NOW - 2 * 60 * MINUTE, localVolumes: ['tmp'] });
      const facts = factsOf(observation(), NOW);
      expect(fateOfPod(ofK3s, facts)).toEqual({ fate: 'evict', because: 'of-k3s', tier: 3, needsHome: true });
      expect(fateOfPod({ ...ofK3s, createdAt: NOW - MINUTE }, facts).fate).toBe('block');
      expect(fateOfPod({ ...ofK3s, namespace: 'default' }, facts)).toMatchObject({ because: 'local-data' });
    },
  );
});

describe('the tier of a pod', () => {
  it.each<[string, Partial<Pod>, number]>([
    ['ordinary', {}, 1],
    ['important', { priority: 1_999_999_999 }, 1],
    ['system-cluster-critical', { priority: 2_000_000_000 }, 3],
    ['system-node-critical', { priority: 2_000_001_000 }, 3],
    ['of K3s', { namespace: 'kube-system', name: 'coredns-1' }, 3],
    ['named alike elsewhere', { name: 'coredns-1' }, 1],
  ])('of one that is %s', (_name, overrides, tier) => {
    expect(tierOf(aPod('p', overrides))).toBe(tier);
  });
});

describe('the pods of a node', () => {
  it('are sorted by their fate, the critical ones last', () => {
    const pods = [
      aPod('critical', { priority: 2_000_000_000 }),
      aPod('move'),
      aPod('filler', { priority: -20 }),
      aPod('daemon', { ownerKind: 'DaemonSet' }),
      aPod('done', { phase: 'Succeeded' }),
      aPod('going', { terminating: true }),
      aPod('stuck', { terminating: true, deletionAt: NOW - 10 * MINUTE }),
      aPod('bare', { ownerKind: null }),
    ];
    const list = drainList(pods, factsOf(observation(), NOW));
    const names = (of: readonly Pod[]) => of.map(({ name }) => name);
    expect(names(list.evict)).toEqual(['move', 'filler', 'critical']);
    expect(names(list.resettle)).toEqual(['critical', 'move']);
    expect(names(list.going)).toEqual(['going']);
    expect(names(list.blocked)).toEqual(['bare']);
    expect(list.blockers).toEqual(['pod default/bare is a bare pod: nobody would create it again']);
  });
});
