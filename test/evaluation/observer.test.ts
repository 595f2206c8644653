import { SmartScaleError } from '../../webhook/errors';
import { Observer } from '../../webhook/evaluation/observer';
import type { CompleteObservation, Instance } from '../../webhook/model/observation';
import { FakeKubernetes } from '../fakes/fake-kubernetes';
import { NOW, SECOND, TIMINGS, anInstance } from '../support/builders';
import { FakeClock, settled } from '../support/fake-clock';
import { SettableClock } from '../support/settable-clock';

/** EC2 that answers when it is told. */
class SlowEc2 {
  reads = 0;
  instances: readonly Instance[] = [anInstance('i-1')];
  private readonly answers: (() => void)[] = [];
  slow = false;

  async listInstances(): Promise<readonly Instance[]> {
    this.reads += 1;
    if (this.slow) await new Promise<void>((resolve) => this.answers.push(resolve));
    return this.instances;
  }

  answer(): void {
    this.answers.shift()?.();
  }
}

function setUp() {
  const clock = new FakeClock();
  const ec2 = new SlowEc2();
  const kubernetes = new FakeKubernetes();
  kubernetes.addNode({ name: 'i-1' });
  const observer = new Observer({ cluster: 'shop', ec2, kubernetes, clock, timings: TIMINGS });
  const look = async (seconds = 0) => {
    await clock.advance(seconds * SECOND);
    return observer.observe({ maxAge: 0 });
  };
  return { clock, ec2, kubernetes, observer, look };
}

function complete(observation: unknown): CompleteObservation {
  expect(observation).toMatchObject({ complete: true });
  return observation as CompleteObservation;
}

describe('an observation', () => {
  it('holds what EC2 and K3s list, and when reading began', async () => {
    const { observer } = setUp();
    const seen = complete(await observer.observe({ maxAge: 0 }));
    expect(seen.at).toBe(NOW);
    expect(seen.instances.map((it) => it.id)).toEqual(['i-1']);
    expect(seen.nodes.map((it) => it.name)).toEqual(['i-1']);
    expect(observer.latest()).toBe(seen);
  });

  it('is incomplete, with every distinct fault, when anything could not be read', async () => {
    const { observer, kubernetes } = setUp();
    kubernetes.unreachable = true;
    const seen = await observer.observe({ maxAge: 0 });
    expect(seen).toMatchObject({ complete: false, at: NOW });
    expect(seen).not.toHaveProperty('instances');
    expect(seen.complete ? [] : seen.faults.map((it) => it.message)).toEqual([
      'listNodes: the API server is not there',
      'listPods: the API server is not there',
    ]);
  });

  it('reads claims only while a waiting pod uses one, and is complete without them', async () => {
    const { kubernetes, look } = setUp();
    kubernetes.claims.push({ namespace: 'default', name: 'data', volume: null, nodes: null });
    kubernetes.addPod({ claims: ['data'], node: 'i-1' });
    kubernetes.addPod({ unschedulable: true });
    expect(complete(await look())).not.toHaveProperty('claims');
    expect(kubernetes.calls).not.toContain('listClaims');
    kubernetes.addPod({ unschedulable: true, claims: ['data'] });
    expect(complete(await look(1)).claims).toEqual(kubernetes.claims);
    kubernetes.failNext('listClaims', 'kubernetes-forbidden');
    const blind = complete(await look(1));
    expect(blind).not.toHaveProperty('claims');
    expect(blind.faults).toMatchObject([{ code: 'kubernetes-forbidden' }]);
    expect(blind.completeSince).toBe(NOW);
  });

  it('names the same fault once', async () => {
    const { clock } = setUp();
    const fail = () => Promise.reject(new SmartScaleError('kubernetes-unreachable', 'no route'));
    const observer = new Observer({
      cluster: 'shop',
      ec2: new SlowEc2(),
      kubernetes: { listNodes: fail, listPods: fail, listClaims: fail, listBudgets: fail },
      clock,
      timings: TIMINGS,
    });
    expect(await observer.observe({ maxAge: 0 })).toMatchObject({ faults: [{ code: 'kubernetes-unreachable' }] });
  });
});

describe('a look for a drain', () => {
  const asked = ({ calls }: FakeKubernetes, call: string) => calls.filter((it) => it === call).length;

  it('reads budgets besides, and claims when a pod uses one; an ordinary look reads neither', async () => {
    const { kubernetes, look, observer } = setUp();
    kubernetes.budgets.push({ name: 'b', namespace: 'default', labels: {}, allowed: 1 });
    const ordinary = complete(await look());
    expect(ordinary).not.toHaveProperty('budgets');
    expect(kubernetes.calls).toEqual(['listNodes', 'listPods']);
    const deep = complete(await observer.observe({ maxAge: SECOND, for: 'drain' }));
    expect(deep).toMatchObject({ at: ordinary.at, budgets: [{ name: 'b' }] });
    expect(kubernetes.calls).toEqual(['listNodes', 'listPods', 'listBudgets']);
    kubernetes.addPod({ claims: ['data'], node: 'i-1' });
    await look(1);
    expect(complete(await observer.observe({ maxAge: 0, for: 'drain' })).claims).toEqual([]);
  });

  it('is shared by all who ask for one, and serves ordinary looks too', async () => {
    const { kubernetes, observer } = setUp();
    const all = [1, 2, 3].map(() => observer.observe({ maxAge: SECOND, for: 'drain' }));
    const [first, ...others] = await Promise.all(all);
    for (const other of others) expect(other).toBe(first);
    expect(await observer.observe({ maxAge: SECOND })).toBe(first);
    expect(await observer.observe({ maxAge: SECOND, for: 'drain' })).toBe(first);
    expect(observer.latest()).toBe(first);
    expect(asked(kubernetes, 'listBudgets')).toBe(1);
    expect(asked(kubernetes, 'listPods')).toBe(1);
  });

  it('is complete without budgets that nobody could read, says why, and the next one asks again', async () => {
    const { kubernetes, observer, clock } = setUp();
    kubernetes.failNext('listBudgets', 'kubernetes-forbidden');
    const blind = complete(await observer.observe({ maxAge: 0, for: 'drain' }));
    expect(blind).not.toHaveProperty('budgets');
    expect(blind.faults).toMatchObject([{ code: 'kubernetes-forbidden' }]);
    await clock.advance(SECOND);
    const next = complete(await observer.observe({ maxAge: 0, for: 'drain' }));
    expect(next.budgets).toEqual([]);
    expect(next).not.toHaveProperty('faults');
  });

  it('continues the unbroken run', async () => {
    const { observer, look } = setUp();
    await observer.observe({ maxAge: 0, for: 'drain' });
    expect(complete(await look(10)).completeSince).toBe(NOW);
  });

  it('is incomplete when the world could not be read', async () => {
    const { kubernetes, observer } = setUp();
    kubernetes.unreachable = true;
    expect(await observer.observe({ maxAge: 0, for: 'drain' })).toMatchObject({ complete: false });
    expect(asked(kubernetes, 'listBudgets')).toBe(0);
  });
});

describe('sharing', () => {
  it.each([
    [5 * SECOND, 1],
    [5 * SECOND + 1, 2],
  ])('serves what is %i ms old with %i reading(s) when five seconds are fresh enough', async (age, reads) => {
    const { clock, ec2, observer } = setUp();
    await observer.observe({ maxAge: 5 * SECOND });
    await clock.advance(age);
    await observer.observe({ maxAge: 5 * SECOND });
    expect(ec2.reads).toBe(reads);
  });

  it('reads once for everybody who asks while it reads', async () => {
    const { ec2, observer } = setUp();
    ec2.slow = true;
    const all = Array.from({ length: 100 }, () => observer.observe({ maxAge: 5 * SECOND }));
    await settled();
    ec2.answer();
    expect(new Set(await Promise.all(all)).size).toBe(1);
    expect(ec2.reads).toBe(1);
  });

  it('does not serve a reading that began before what must be visible in it', async () => {
    const { clock, ec2, observer } = setUp();
    ec2.slow = true;
    const early = observer.observe({ maxAge: 5 * SECOND });
    await clock.advance(SECOND);
    const touchedAt = clock.now();
    await clock.advance(SECOND);
    const late = [1, 2, 3].map(() => observer.observe({ maxAge: 5 * SECOND, after: touchedAt }));
    ec2.answer();
    expect((await early).at).toBe(NOW);
    await settled();
    ec2.answer();
    const seen = await Promise.all(late);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]?.at).toBeGreaterThan(touchedAt);
    expect(ec2.reads).toBe(2);
  });

  it('does not serve an old observation that began before what must be visible in it', async () => {
    const { clock, ec2, observer } = setUp();
    await observer.observe({ maxAge: 5 * SECOND });
    await clock.advance(SECOND);
    await observer.observe({ maxAge: 5 * SECOND, after: NOW });
    expect(ec2.reads).toBe(2);
    await observer.observe({ maxAge: 5 * SECOND, after: NOW });
    expect(ec2.reads).toBe(2);
  });

  it('ends although what must be visible lies in the future of this clock', async () => {
    const { observer } = setUp();
    const seen = await Promise.all([1, 2, 3].map(() => observer.observe({ maxAge: 0, after: NOW + 60 * SECOND })));
    expect(seen.every((it) => it.complete)).toBe(true);
  });
});

describe('the unbroken run of complete observations', () => {
  const since = async (look: Promise<unknown>) => complete(await look).completeSince - NOW;

  it('begins with the first', async () => {
    const { look } = setUp();
    expect(await since(look())).toBe(0);
  });

  it('goes on at the pace of the regular timer, which is never exact', async () => {
    const { look } = setUp();
    await look();
    for (let i = 0; i < 8; i += 1) expect(await since(look(15.3))).toBe(0);
  });

  it('is broken when nobody has looked for longer than that and a gap', async () => {
    const { look } = setUp();
    await look();
    expect(await since(look(30))).toBe(0);
    expect(await since(look(30.001))).toBe(60_001);
  });

  it('outlives a failure that is shorter than a gap', async () => {
    const { look, kubernetes } = setUp();
    await look();
    kubernetes.unreachable = true;
    await look(5);
    kubernetes.unreachable = false;
    expect(await since(look(10))).toBe(0);
  });

  it('is broken by failures that last longer than a gap', async () => {
    const { look, kubernetes } = setUp();
    await look();
    kubernetes.unreachable = true;
    await look(5);
    await look(5);
    kubernetes.unreachable = false;
    expect(await since(look(5.001))).toBe(15_001);
    expect(await since(look(5))).toBe(15_001);
  });
});

describe('a clock that is set back', () => {
  it('makes what was seen before neither fresh nor the beginning of an unbroken run', async () => {
    const { ec2, kubernetes, clock: right } = setUp();
    const clock = new SettableClock(right);
    const observer = new Observer({ cluster: 'shop', ec2, kubernetes, clock, timings: TIMINGS });
    await observer.observe({ maxAge: 5 * SECOND });
    clock.jump(-SECOND);
    const seen = complete(await observer.observe({ maxAge: 5 * SECOND }));
    expect(ec2.reads).toBe(2);
    expect([seen.at, seen.completeSince]).toEqual([NOW - SECOND, NOW - SECOND]);
  });
});
