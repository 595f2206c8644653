import { ERRORS } from '../../webhook/errors';
import { tableRows } from './table-rows';

test('docs/errors.md is the catalogue, row by row', () => {
  const catalogue = Object.entries(ERRORS).map(([code, { status, retryable, advice }]) => [
    code,
    String(status),
    retryable ? 'yes' : 'no',
    advice,
  ]);
  expect(tableRows('errors.md')).toEqual(catalogue);
});
