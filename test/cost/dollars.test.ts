import { dollars } from '../../webhook/cost/dollars';

test.each([
  [0.0042, '$0.0042'],
  [0.1035, '$0.1035'],
  [0.5, '$0.50'],
  [0, '$0.00'],
  [1, '$1.00'],
  [12.4, '$12.40'],
  [1234.567, '$1234.57'],
  [-0.25, '-$0.25'],
])('%d is %s', (amount, text) => {
  expect(dollars(amount)).toBe(text);
});
