import type { Pod } from '../../webhook/model/observation';
import { planDrain, type DrainCase } from '../../webhook/operation/drain-plan';
import { MINUTE, NOW, SECOND, aPod, aPolicy } from '../support/builders';

const policy = aPolicy().drain;

function plan(pods: readonly Pod[], at: Partial<DrainCase> = {}) {
  const facts = { now: at.now ?? NOW, budgetsOf: null, claimsOf: null };
  return planDrain(pods, { now: NOW, facts, deadline: NOW + 15 * MINUTE, force: null, policy, nodeReady: true, ...at });
}

/** With so many seconds left. */
const late = (seconds: number, force: DrainCase['force'] = 'deadline'): Partial<DrainCase> => ({
  force,
  now: NOW - seconds * SECOND,
  deadline: NOW,
});

const names = (refs: readonly { readonly name: string }[]) => refs.map(({ name }) => name);
const app = (name: string, overrides: Partial<Pod> = {}) => aPod(name, { node: 'i-3', ...overrides });
const dns = (overrides: Partial<Pod> = {}) => app('coredns-1', { namespace: 'kube-system', ...overrides });
const leaving = (name: string, deletionAt: number, overrides: Partial<Pod> = {}) =>
  app(name, { terminating: true, deletionAt, ...overrides });
const keeps = { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } };
const onCompletion = { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion' } };

describe('whose turn it is', () => {
  it('ordinary pods go first', () => {
    const pods = [
      dns(),
      app('web'),
      app('vital', { priority: 2_000_000_000 }),
      app('job', { priority: 1_999_999_999 }),
    ];
    expect(names(plan(pods).evict)).toEqual(['web', 'job']);
  });

  it('critical ones go when none of those is left, terminating ones included', () => {
    expect(names(plan([dns(), leaving('web', NOW)]).evict)).toEqual([]);
    expect(names(plan([dns(), app('vital', { priority: 2_000_000_000 })]).evict)).toEqual(['coredns-1', 'vital']);
    const others = [app('logs', { ownerKind: 'DaemonSet' }), app('over', { phase: 'Succeeded' })];
    expect(names(plan([dns(), ...others]).evict)).toEqual(['coredns-1']);
  });

  it('what K3s does not bring is ordinary, in kube-system too', () => {
    expect(names(plan([dns(), dns({ name: 'backup', ownerKind: 'Job' })]).evict)).toEqual(['backup']);
  });

  it('a node without pods that hold it has none left', () => {
    expect(plan([app('logs', { ownerKind: 'DaemonSet' })])).toMatchObject({
      evict: [],
      force: [],
      left: 0,
      waits: null,
    });
    expect(plan([leaving('web', NOW)])).toMatchObject({ left: 1 });
  });
});

describe('grace', () => {
  it.each([
    ['is the pod’s own', 30, undefined],
    ['of the longest that is allowed is the pod’s own', 600, undefined],
    ['beyond that is cut', 601, 600],
    ['of nothing is left alone', 0, undefined],
  ])('%s', (_what, graceSeconds, sent) => {
    expect(plan([app('web', { graceSeconds })]).evict[0]?.graceSeconds).toBe(sent);
  });

  it('never is 0, however short the longest', () => {
    const short = { ...policy, maxGrace: 1 };
    expect(plan([app('web')], { policy: short }).evict[0]).toHaveProperty('graceSeconds', 1);
  });

  it('of a pod whose node EC2 takes ends before the node', () => {
    const { evict } = plan([app('web', { graceSeconds: 300 }), app('short')], late(110, 'notice'));
    expect(evict.map(({ graceSeconds }) => graceSeconds)).toEqual([110, undefined]);
  });
});

describe('what is waited for', () => {
  it('a pod that is to be completed, which is not evicted and holds the critical ones', () => {
    const { evict, left, waits } = plan([app('job', onCompletion), dns()]);
    expect(evict).toEqual([]);
    expect(left).toBe(2);
    expect(waits).toEqual({ reason: 'waits-for-completion', detail: 'to be completed first: pod default/job' });
  });

  it('a pod that is there longer than its grace is named half a minute later', () => {
    const slow = leaving('slow', NOW - 30 * SECOND);
    expect(plan([slow], { now: NOW - 1 }).waits).toBeNull();
    expect(plan([slow]).waits).toEqual({
      reason: 'pod-does-not-end',
      detail: 'still there long after its grace: pod default/slow',
    });
  });

  it('not a pod that a dead kubelet will never end, a minute after its grace', () => {
    const stuck = leaving('stuck', NOW - 60 * SECOND, { graceSeconds: 300 });
    expect(plan([stuck], { nodeReady: false })).toMatchObject({ left: 0, waits: null });
    expect(plan([stuck], { nodeReady: false, now: NOW - 1 })).toMatchObject({ left: 1 });
    expect(plan([stuck], { nodeReady: true })).toMatchObject({ left: 1 });
    expect(plan([leaving('new', NOW), app('web')], { nodeReady: false })).toMatchObject({ left: 2 });
  });

  it('is told with the whole name of the pod', () => {
    const name = 'x'.repeat(200);
    expect(plan([leaving(name, NOW - MINUTE)]).waits?.detail).toMatch(new RegExp(`: pod default/${name}$`));
  });
});

describe('what must not go on', () => {
  it.each([
    ['a bare pod', { ownerKind: null }],
    ['local data', { localVolumes: ['data'] }],
    ['an opt-out', keeps],
  ])('%s, if nothing is forced', (_what, overrides) => {
    expect(plan([app('web'), app('kept', overrides)]).against).toContain('kept');
  });

  it('what would be lost, even if the pool forces; a wish is only heard until the deadline', () => {
    expect(plan([app('kept', { ownerKind: null })], late(100)).against).toContain('bare pod');
    expect(plan([app('kept', { ...keeps, localVolumes: ['data'] })], late(100)).against).not.toBeNull();
    expect(plan([app('kept', keeps)], late(100))).toMatchObject({
      against: null,
      evict: [],
      left: 1,
      waits: { reason: 'blocked-by-pod', detail: 'kept by an annotation until the deadline: pod default/kept' },
    });
  });

  it('nothing on a node that EC2 takes: all of it is asked to go', () => {
    const pods = [app('bare', { ownerKind: null }), app('kept', keeps), app('web')];
    const { against, evict } = plan(pods, late(110, 'notice'));
    expect(against).toBeNull();
    expect(names(evict).toSorted()).toEqual(['bare', 'kept', 'web']);
  });
});

describe('at the deadline of a pool that forces', () => {
  it('nothing is deleted by one that does not', () => {
    expect(plan([app('web')], late(1, null))).toMatchObject({ force: [], evict: [{ name: 'web' }] });
  });

  it('each pod is deleted as early as its own grace needs', () => {
    expect(plan([app('web')], late(31))).toMatchObject({ force: [], evict: [{ name: 'web' }] });
    expect(plan([app('web')], late(30))).toMatchObject({
      force: [{ namespace: 'default', name: 'web', uid: 'uid-web', graceSeconds: 30 }],
      evict: [],
    });
  });

  it('with the grace that is left, never with none', () => {
    const graceOf = (seconds: number) => plan([app('web')], late(seconds)).force[0]?.graceSeconds;
    expect([20.9, 1.5, 0.3, -10].map(graceOf)).toEqual([20, 1, 1, 1]);
  });

  it('a grace that is longer than allowed needs no more than what is allowed', () => {
    const long = app('long', { graceSeconds: 7200 });
    expect(plan([long], late(601)).force).toEqual([]);
    expect(plan([long], late(600)).force).toMatchObject([{ graceSeconds: 600 }]);
  });

  it('whatever their turn, their wish or their job', () => {
    const pods = [app('web'), dns(), app('kept', keeps), app('job', onCompletion)];
    expect(names(plan(pods, late(30)).force).toSorted()).toEqual(['coredns-1', 'job', 'kept', 'web']);
  });

  it('what is terminating is deleted again only if it would end too late', () => {
    const pods = [leaving('soon', NOW + 2 * SECOND), leaving('late', NOW + 3 * SECOND), leaving('unknown', NaN)];
    expect(names(plan(pods, late(5)).force)).toEqual(['late']);
  });

  it('a second of grace is as long as the kubelets take it', () => {
    const fast = { ...policy, graceSecond: 10 };
    expect(plan([app('web')], { ...late(0.31), policy: fast }).force).toEqual([]);
    expect(plan([app('web')], { ...late(0.3), policy: fast }).force).toMatchObject([{ graceSeconds: 30 }]);
  });
});

describe('when EC2 takes the node', () => {
  const long = { graceSeconds: 300 };

  it('ordinary pods are asked until their grace is all that is left, or a minute', () => {
    expect(plan([app('web', long), app('short')], late(61, 'notice')).force).toEqual([]);
    expect(plan([app('web', long), app('short')], late(60, 'notice'))).toMatchObject({
      force: [{ name: 'web', graceSeconds: 60 }],
      evict: [{ name: 'short' }],
    });
  });

  it('critical ones need not wait for them any longer than that, and are asked until 20 seconds are left', () => {
    const pods = [app('web', long), dns(long)];
    expect(names(plan(pods, late(61, 'notice')).evict)).toEqual(['web']);
    expect(names(plan(pods, late(60, 'notice')).evict)).toEqual(['coredns-1']);
    expect(names(plan(pods, late(20, 'notice')).force)).toEqual(['web', 'coredns-1']);
  });

  it('with less than 20 seconds left everybody is deleted at once', () => {
    const pods = [
      app('web', { graceSeconds: 5 }),
      dns({ graceSeconds: 5 }),
      app('bare', { ownerKind: null, graceSeconds: 5 }),
    ];
    expect(plan(pods, late(20, 'notice')).force).toEqual([]);
    expect(plan(pods, late(19, 'notice'))).toMatchObject({ evict: [], force: [{}, {}, {}] });
  });
});
