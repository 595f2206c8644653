import type { InstanceChange, SimInstance } from './ec2/ec2-types';
import type { Random } from './random';

export interface JoinSettings {
  /** From `running` to a registered node: operating system, K3s agent, certificates. Milliseconds, scaled by the caller. */
  readonly joinDelayMs: { readonly min: number; readonly max: number };
  /** Part of the launches that never join, 0 to 1. */
  readonly neverJoinShare: number;
}

interface Plan {
  readonly joins: boolean;
  readonly delayMs: number;
}

/**
 * Decides at the launch of each instance whether and how long after `running` its node registers. Two numbers are drawn
 * a launch, whatever the settings, so that changing one knob leaves the fate of all others as it was.
 */
export class Joining {
  private readonly plans = new Map<string, Plan>();
  private readonly due = new Map<string, { readonly at: number; readonly instance: SimInstance }>();
  private neverShare: number;
  private neverNext = 0;

  constructor(
    private readonly settings: JoinSettings,
    private readonly random: Random,
  ) {
    this.neverShare = settings.neverJoinShare;
  }

  /** From now on this part of the launches, and besides the next `next` ones, never join. */
  neverJoin(knob: { readonly share?: number | undefined; readonly next?: number | undefined }): void {
    if (knob.share !== undefined) this.neverShare = knob.share;
    if (knob.next !== undefined) this.neverNext = knob.next;
  }

  /** The instance's node registers as soon as it runs, whatever was drawn. */
  joinAtOnce(instance: string): void {
    this.plans.set(instance, { joins: true, delayMs: 0 });
  }

  /** What EC2 says happened. */
  observe({ at, from, instance }: InstanceChange): void {
    if (from === null) this.plans.set(instance.id, this.draw());
    if (instance.state === 'running') this.schedule(instance, at);
    if (instance.state === 'shutting-down' || instance.state === 'terminated') this.forget(instance.id);
  }

  /** Whether a node was drawn for it. */
  joins(instance: string): boolean {
    return this.plans.get(instance)?.joins === true;
  }

  /** Instances whose node registers by `now`, in the order of their times, each once. */
  takeDue(now: number): readonly SimInstance[] {
    const ready = [...this.due.values()].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const { instance } of ready) this.forget(instance.id);
    return ready.map(({ instance }) => instance);
  }

  private draw(): Plan {
    const { min, max } = this.settings.joinDelayMs;
    const [luck, share] = [this.random(), this.random()];
    const refused = this.neverNext > 0;
    if (refused) this.neverNext -= 1;
    return { joins: !refused && luck >= this.neverShare, delayMs: min + share * (max - min) };
  }

  private schedule(instance: SimInstance, runningAt: number): void {
    const plan = this.plans.get(instance.id);
    if (plan?.joins === true) this.due.set(instance.id, { at: runningAt + plan.delayMs, instance });
  }

  private forget(id: string): void {
    this.plans.delete(id);
    this.due.delete(id);
  }
}
