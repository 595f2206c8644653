import { ALL_KINDS, kindOf, natureOf } from './calls';
import { LATE_CALLS } from './late-calls';
import { OPERATION_STORIES } from './operation-stories';
import { outcomeOf } from './outcome';
import { goesOnAlone, play, wakesUp } from './play';
import { differences, snapshotOf } from './snapshot';
import type { Changes, Story } from './story';
import { SWEEP_STORIES } from './sweep-stories';

const STORIES = [...OPERATION_STORIES, ...SWEEP_STORIES];

type Row = readonly [string, string, Story, Changes];

function rowsOf(stories: readonly Story[]): readonly Row[] {
  return stories.flatMap((story) =>
    Object.entries(story.calls).map(([call, changes]): Row => [story.name, call, story, changes]),
  );
}

describe('paused with a call in its hands until another replica has brought everything to its end, a process makes that call and no other, writes nothing, and goes on', () => {
  test.each(rowsOf(STORIES))('%s, before %s', async (_name, call, story, changes) => {
    const played = await play(story, call);
    const { scene, watch } = played;
    await story.meanwhile?.(scene);
    await scene.eventually('the other one has brought it to its end', () => story.isOver(scene), '20m');
    await scene.passes('1m');
    const before = await snapshotOf(scene);
    await wakesUp(played);
    expect(watch.actsBegun).toEqual([]);
    expect(watch.actsDone).toEqual(natureOf(call) === 'acts' ? [call] : []);
    const changed = differences(before, await snapshotOf(scene));
    expect(changed).toEqual(changes.map((change) => expect.stringMatching(change) as string));
    await scene.passes('2m');
    expect(await outcomeOf(scene)).toMatchObject({ marked: [], open: [], ...story.end });
    await goesOnAlone(played);
  });
});

describe('woken up as soon as another replica has taken the operation over, it leaves it to that one', () => {
  const taken = rowsOf(OPERATION_STORIES).filter(
    ([, call, { complete }]) => complete && (natureOf(call) === 'acts' || call.includes('Operation')),
  );

  test.each(taken)('%s, before %s', async (_name, call, story) => {
    const played = await play(story, call);
    const { scene, watch, sleeper, other } = played;
    await scene.eventually('it is taken over', () => other.logged('took over operation').length > 0, '2m');
    await wakesUp(played);
    expect(watch.actsBegun).toEqual([]);
    await scene.eventually('it is over', () => story.isOver(scene), '20m');
    await scene.passes('1m');
    expect(sleeper.logged('took over operation')).toEqual([]);
    expect(await outcomeOf(scene)).toMatchObject({ marked: [], open: [], ...story.end });
  });
});

describe('the tables', () => {
  test.each(STORIES.filter(({ complete }) => complete).map((story) => [story.name, story] as const))(
    'of %s name every call that it takes',
    async (_name, story) => {
      const { scene, watch } = await play(story);
      await scene.eventually('it is over', () => story.isOver(scene), '20m');
      await scene.passes('20s');
      expect([...new Set(watch.begun)].sort()).toEqual(Object.keys(story.calls).sort());
      expect(await outcomeOf(scene)).toMatchObject({ marked: [], open: [], ...story.end });
    },
  );

  test('together pause a process before every kind of call that there is', () => {
    const calls = [...STORIES.flatMap((story) => Object.keys(story.calls)), ...Object.values(LATE_CALLS)];
    expect([...new Set(calls.map(kindOf))].sort()).toEqual([...ALL_KINDS].sort());
  });
});
