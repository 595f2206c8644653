import { PageSize } from '../../../webhook/adapters/kubernetes/page-size';

const MILLION = 1_000_000;

it('begins with the page size of kubectl, and never asks for more', () => {
  const size = new PageSize();
  expect(size.limit).toBe(500);
  size.learn(1000, 500);
  expect(size.limit).toBe(500);
  size.learn(50, 0);
  expect(size.limit).toBe(500);
});

it('asks for as many items as make a million characters', () => {
  const size = new PageSize();
  size.learn(2.5 * MILLION, 500);
  expect(size.limit).toBe(200);
  size.learn(0.5 * MILLION, 200);
  expect(size.limit).toBe(400);
  size.learn(3 * MILLION, 1);
  expect(size.limit).toBe(1);
});

describe('a page of more than three million characters', () => {
  it('is to be asked for again with fewer items', () => {
    const size = new PageSize();
    expect(size.isTooLarge(3 * MILLION)).toBe(false);
    expect(size.limit).toBe(500);
    expect(size.isTooLarge(10 * MILLION)).toBe(true);
    expect(size.limit).toBe(50);
  });

  it('is asked for again with half of them at least', () => {
    const size = new PageSize();
    size.isTooLarge(3 * MILLION + 1);
    expect(size.limit).toBeLessThanOrEqual(250);
  });

  it('is taken when it is one item, or when the server gives no smaller one', () => {
    const size = new PageSize();
    size.learn(9 * MILLION, 1);
    expect(size.isTooLarge(9 * MILLION)).toBe(false);
    const stubborn = new PageSize();
    expect(stubborn.isTooLarge(20 * MILLION)).toBe(true);
    expect(stubborn.isTooLarge(20 * MILLION)).toBe(false);
  });

  it('is refused again later in the same list', () => {
    const size = new PageSize();
    size.isTooLarge(20 * MILLION);
    size.learn(2 * MILLION, 25);
    expect(size.isTooLarge(20 * MILLION)).toBe(true);
  });
});
