import type { SimInstance } from './ec2/ec2-types';
import { noticesOf, noticesText } from './exporters/notices-text';

interface NoticesFile {
  /** Epoch milliseconds. */
  readonly checkedAt: number;
  readonly text: string;
}

/** The unit smartscale-notices of every running machine: what it wrote when it asked last, not what EC2 says now. */
export class NoticeUnits {
  private readonly files = new Map<string, NoticesFile>();

  /** How often each asks, milliseconds. */
  constructor(private readonly every: number) {}

  poll(instances: readonly SimInstance[], now: number): void {
    for (const instance of instances) {
      if (instance.state !== 'running') this.files.delete(instance.id);
      else if (this.isDue(instance.id, now)) this.ask(instance, now);
    }
  }

  /** Empty before it has asked for the first time. */
  fileOf(instance: string): string {
    return this.files.get(instance)?.text ?? '';
  }

  private isDue(instance: string, now: number): boolean {
    const last = this.files.get(instance);
    return last === undefined || now < last.checkedAt || now >= last.checkedAt + this.every;
  }

  private ask(instance: SimInstance, now: number): void {
    this.files.set(instance.id, { checkedAt: now, text: noticesText(now, noticesOf(instance)) });
  }
}
