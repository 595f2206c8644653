import { Ec2Error } from './ec2-error';

export interface PageRequest {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

const SMALLEST = 5;
const LARGEST = 1000;

/** One page in sequence order. The token names the last item given, so that items that come or go meanwhile shift nothing. */
export function pageOf<Item extends { readonly sequence: number }>(
  items: readonly Item[],
  request: PageRequest,
  maxPageSize: number,
): Page<Item> {
  const after = request.nextToken === undefined ? -Infinity : sequenceOf(request.nextToken);
  const rest = items.filter((item) => item.sequence > after);
  const page = rest.slice(0, sizeOf(request.maxResults, maxPageSize));
  const last = page.at(-1);
  return { items: page, ...(last && page.length < rest.length && { nextToken: tokenOf(last.sequence) }) };
}

function sizeOf(maxResults: number | undefined, maxPageSize: number): number {
  if (maxResults === undefined) return maxPageSize;
  if (!Number.isInteger(maxResults) || maxResults < SMALLEST || maxResults > LARGEST) {
    throw new Ec2Error(
      'InvalidParameterValue',
      `Value ( ${maxResults} ) for parameter maxResults is invalid. Expecting a value between ${SMALLEST} and ${LARGEST}.`,
    );
  }
  return Math.min(maxResults, maxPageSize);
}

function tokenOf(sequence: number): string {
  return Buffer.from(`after:${sequence}`).toString('base64url');
}

function sequenceOf(token: string): number {
  const match = /^after:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!match) throw new Ec2Error('InvalidParameterValue', 'Unable to parse pagination token');
  return Number(match[1]);
}
