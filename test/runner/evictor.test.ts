import { SmartScaleError } from '../../webhook/errors';
import type { EvictionAnswer, PodDeletion, PodRef } from '../../webhook/ports';
import { Evictor } from '../../webhook/runner/evictor';
import { SECOND, anEviction } from '../support/builders';
import { FakeClock } from '../support/fake-clock';

const pod = (name: string, namespace = 'default'): PodRef => ({ namespace, name, uid: `uid-${namespace}-${name}` });
const fault = (retryable: boolean) =>
  new SmartScaleError(retryable ? 'kubernetes-unreachable' : 'kubernetes-forbidden', 'no').fault;
const budget = (retryAfterMs: number | null = null): EvictionAnswer => ({
  kind: 'refused-by-budget',
  retryAfterMs,
  message: 'the budget allows no disruption',
});

function setUp(...script: readonly EvictionAnswer[]) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const answers = [...script];
  const deleted: PodDeletion[] = [];
  let underWay = 0;
  let most = 0;
  let takes = 0;
  let deletion = (): Promise<'deleted' | 'gone'> => Promise.resolve('deleted');
  const evictor = new Evictor(
    {
      evict: async (ref) => {
        asked.push(`${ref.namespace}/${ref.name}`);
        underWay += 1;
        most = Math.max(most, underWay);
        const answer = answers.shift() ?? { kind: 'accepted' };
        await (takes > 0 ? clock.sleep(takes) : Promise.resolve());
        underWay -= 1;
        return answer;
      },
      deletePod: (ref) => {
        deleted.push(ref);
        return deletion();
      },
    },
    clock,
  );
  return {
    clock,
    asked,
    deleted,
    evictor,
    /** Most calls at the same time. */
    most: () => most,
    slow: (ms: number) => void (takes = ms),
    answerDeletions: (by: typeof deletion) => void (deletion = by),
  };
}

describe('asking for evictions', () => {
  it('counts what was accepted; what is gone is no failure', async () => {
    const { evictor } = setUp({ kind: 'accepted' }, { kind: 'gone' }, { kind: 'accepted' });
    expect(await evictor.evict([pod('a'), pod('b'), pod('c')])).toEqual(anEviction({ accepted: [pod('a'), pod('c')] }));
  });

  it('names the pods that a budget keeps', async () => {
    const { evictor } = setUp(budget());
    expect(await evictor.evict([pod('a')])).toEqual(
      anEviction({ refused: ['default/a: the budget allows no disruption'] }),
    );
  });

  it('asks for ten at a time, and for the next ten as soon as some of them go', async () => {
    const { evictor, asked, most } = setUp();
    const pods = Array.from({ length: 25 }, (_, i) => pod(`p${i}`));
    expect(await evictor.evict(pods)).toMatchObject({ accepted: pods });
    expect(asked).toHaveLength(25);
    expect(most()).toBe(10);
  });

  it('leaves the others for the next look when none of ten goes, and then asks for them first', async () => {
    const { clock, evictor, asked } = setUp(...Array.from({ length: 10 }, () => budget()));
    const pods = Array.from({ length: 12 }, (_, i) => pod(`p${i}`));
    expect(await evictor.evict(pods)).toMatchObject({ accepted: [] });
    expect(asked).toHaveLength(10);
    await clock.advance(SECOND);
    await evictor.evict(pods);
    expect(asked.slice(10, 12)).toEqual(['default/p10', 'default/p11']);
  });

  it('does not burden an API server that is in trouble with the next ten', async () => {
    const { evictor, asked } = setUp({ kind: 'try-again', retryAfterMs: null, fault: fault(true) });
    await evictor.evict(Array.from({ length: 12 }, (_, i) => pod(`p${i}`)));
    expect(asked).toHaveLength(10);
  });

  it('lets the node be looked at anew when ten took long', async () => {
    const { clock, evictor, asked, slow } = setUp();
    slow(1500);
    const evicting = evictor.evict(Array.from({ length: 35 }, (_, i) => pod(`p${i}`)));
    await clock.advance(10 * SECOND);
    await evicting;
    expect(asked).toHaveLength(20);
  });

  it('does not call trouble of the API server a budget, and still tells of it while nobody is due', async () => {
    const { evictor } = setUp({ kind: 'try-again', retryAfterMs: null, fault: fault(true) });
    expect(await evictor.evict([pod('a')])).toMatchObject({ heard: false, fault: fault(true) });
    expect(await evictor.evict([pod('a')])).toEqual(anEviction({ heard: false, standing: fault(true) }));
  });

  it('still names them while they are not due', async () => {
    const { evictor, asked } = setUp(budget(10 * SECOND));
    await evictor.evict([pod('a')]);
    expect(await evictor.evict([pod('a')])).toMatchObject({ refused: [expect.stringContaining('default/a')] });
    expect(asked).toHaveLength(1);
  });

  it('honours Retry-After to the millisecond', async () => {
    const { clock, evictor, asked } = setUp(budget(10 * SECOND));
    await evictor.evict([pod('a')]);
    await clock.advance(10 * SECOND - 1);
    await evictor.evict([pod('a')]);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await evictor.evict([pod('a')]);
    expect(asked).toHaveLength(2);
  });

  it('waits 100 ms without Retry-After, then twice as long each time, at most ten seconds', async () => {
    const { clock, evictor, asked } = setUp(...Array.from({ length: 12 }, () => budget()));
    for (const wait of [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]) {
      const before = asked.length;
      if (wait > 0) await clock.advance(wait - 1);
      if (wait > 0) await evictor.evict([pod('a')]);
      expect(asked).toHaveLength(before);
      if (wait > 0) await clock.advance(1);
      await evictor.evict([pod('a')]);
      expect(asked).toHaveLength(before + 1);
    }
  });

  it('does not hold other pods back, not even one of the same name in another namespace', async () => {
    const { evictor, asked } = setUp(budget(10 * SECOND));
    await evictor.evict([pod('a')]);
    await evictor.evict([pod('a'), pod('b'), pod('a', 'other')]);
    expect(asked).toEqual(['default/a', 'default/b', 'other/a']);
  });

  it('tells of the failure that no retry can mend before one that a retry can', async () => {
    const { evictor } = setUp(
      { kind: 'try-again', retryAfterMs: null, fault: fault(true) },
      { kind: 'failed', fault: fault(false) },
    );
    expect(await evictor.evict([pod('a'), pod('b')])).toMatchObject({ fault: { code: 'kubernetes-forbidden' } });
  });

  it('forgets a pod once it was accepted', async () => {
    const { clock, evictor } = setUp(budget(), { kind: 'accepted' });
    await evictor.evict([pod('a')]);
    await clock.advance(SECOND);
    expect(await evictor.evict([pod('a')])).toMatchObject({ accepted: [pod('a')], refused: [] });
  });
});

describe('what is no matter of waiting', () => {
  it('tells at once of a pod that two budgets keep', async () => {
    const two: EvictionAnswer = { kind: 'refused-by-budget', retryAfterMs: null, message: 'two', misconfigured: true };
    const { evictor } = setUp(budget(), two);
    expect(await evictor.evict([pod('a'), pod('b')])).toMatchObject({ misconfigured: 'default/b: two' });
  });

  it('asks a namespace that is being deleted every five seconds, and calls it neither budget nor failure', async () => {
    const { clock, evictor, asked } = setUp({ kind: 'namespace-going' });
    expect(await evictor.evict([pod('a')])).toEqual(anEviction());
    await clock.advance(5 * SECOND - 1);
    await evictor.evict([pod('a')]);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(await evictor.evict([pod('a')])).toMatchObject({ accepted: [pod('a')] });
  });
});

describe('deleting those whose time is over', () => {
  const late = Array.from({ length: 12 }, (_, i) => ({ ...pod(`p${i}`), graceSeconds: 7 }));

  it('asks for all of them at once, with the grace that is left, and names them', async () => {
    const { evictor, asked, deleted } = setUp();
    expect(await evictor.evict([pod('a')], late)).toEqual(anEviction({ accepted: [pod('a')], forced: late }));
    expect(asked).toEqual(['default/a']);
    expect(deleted).toEqual(late);
  });

  it('does not name one that was gone already', async () => {
    const { evictor, answerDeletions } = setUp();
    answerDeletions(() => Promise.resolve('gone'));
    expect(await evictor.evict([], late)).toEqual(anEviction());
  });

  it('keeps the failure as data', async () => {
    const { evictor, answerDeletions } = setUp();
    answerDeletions(() => Promise.reject(new SmartScaleError('kubernetes-forbidden', 'no')));
    expect(await evictor.evict([], late)).toEqual(anEviction({ fault: fault(false) }));
    answerDeletions(() => Promise.reject(new SmartScaleError('kubernetes-unreachable', 'no')));
    expect(await evictor.evict([], late)).toEqual(anEviction({ heard: false, fault: fault(true) }));
  });
});
