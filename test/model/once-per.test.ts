import { oncePer } from '../../webhook/model/once-per';

it('works once for each value, be the answer undefined', () => {
  const asked: object[] = [];
  const answer = oncePer((key: { readonly of?: number }) => {
    asked.push(key);
    return key.of;
  });
  const [one, none] = [{ of: 1 }, {}];
  expect([answer(one), answer(none), answer(one), answer(none)]).toEqual([1, undefined, 1, undefined]);
  expect(asked).toEqual([one, none]);
});

it('takes equal values for two', () => {
  const lengths = oncePer((list: readonly number[]) => list.length);
  const list = [1];
  expect([lengths(list), lengths([1, 2])]).toEqual([1, 2]);
});
