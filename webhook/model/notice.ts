/** EC2's own word that it will take an instance away: a spot interruption, or a scheduled event that ends or stops it. */
export interface Notice {
  readonly instanceId: string;
  readonly kind: 'interruption' | 'maintenance';
  /** When EC2 takes it, epoch milliseconds. */
  readonly at: number;
}
