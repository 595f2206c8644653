/**
 * Bytes of a value as DynamoDB counts them: names and text in UTF-8, a number one byte for two digits and one more, a map or
 * list three bytes and one for each element.
 * Source: "DynamoDB item sizes and formats", Amazon DynamoDB developer guide.
 */
export function itemSize(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/[^0-9]/g, '').length / 2) + 1;
  if (Array.isArray(value)) return 3 + sum(value.map((element) => 1 + itemSize(element)));
  if (typeof value === 'object' && value !== null) {
    return 3 + sum(Object.entries(value).map(([name, element]) => 1 + Buffer.byteLength(name) + itemSize(element)));
  }
  return 1;
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
