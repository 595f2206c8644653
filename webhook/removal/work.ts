/** How much a plan may look at: a pod held against a node is one. It bounds what planning costs, however bad the case. */
export class Work {
  private left: number;

  constructor(most: number) {
    this.left = most;
  }

  do(amount: number): void {
    this.left -= amount;
  }

  get isOver(): boolean {
    return this.left <= 0;
  }
}
