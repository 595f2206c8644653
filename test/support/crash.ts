import type { Ec2Port, KubernetesPort, StorePort } from '../../webhook/ports';
import type { Wires, World } from './world';

/** Calls after which, or before which, a crash leaves something behind. Mere reads leave nothing. */
const EFFECTS = new Set([
  'saveOperation',
  'closeOperation',
  'appendHistory',
  'putAttempt',
  'readAttempt',
  'putJoined',
  'createFleet',
  'terminate',
  'markNode',
  'unmarkNode',
  'evict',
  'deletePod',
  'deleteNode',
]);

/** The port with somebody in between, who is told the name of each call and performs it, or does not. */
export function intercepted<T extends object>(
  port: T,
  call: (name: string, act: () => Promise<unknown>) => Promise<unknown>,
): T {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => call(name, () => method(...args));
    },
  });
}

export type Moment = 'before' | 'after';

/** The wires of a replica that is killed at its n-th effect: from then on it does nothing and hears nothing. */
export class MortalWires implements Wires {
  readonly store: StorePort;
  readonly ec2: Ec2Port;
  readonly kubernetes: KubernetesPort;
  /** What had an effect, in order. */
  readonly effects: string[] = [];
  dead = false;

  constructor(
    world: World,
    private readonly diesAt: number,
    private readonly moment: Moment = 'before',
  ) {
    this.store = intercepted(world.store, (name, act) => this.call(name, act));
    this.ec2 = intercepted(world.ec2, (name, act) => this.call(name, act));
    this.kubernetes = intercepted(world.kubernetes, (name, act) => this.call(name, act));
  }

  private async call(name: string, act: () => Promise<unknown>): Promise<unknown> {
    if (this.dead) return never();
    if (!EFFECTS.has(name)) return act();
    this.effects.push(name);
    const last = this.effects.length === this.diesAt;
    if (last && this.moment === 'before') return this.die();
    const answer = await act();
    return last ? this.die() : answer;
  }

  private die(): Promise<never> {
    this.dead = true;
    return never();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
