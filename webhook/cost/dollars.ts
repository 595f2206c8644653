/** "$0.1035", "$12.40": as many decimals as say something, at least two; an hour of a small instance costs less than a cent. */
export function dollars(amount: number): string {
  const [whole = '0', decimals = ''] = Math.abs(amount)
    .toFixed(Math.abs(amount) < 1 ? 4 : 2)
    .split('.');
  return `${amount < 0 ? '-' : ''}$${whole}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`;
}
