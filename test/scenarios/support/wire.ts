import type { Clock } from '../../../webhook/ports';

/** Between the processes and something that they ask: slow when it is told to be, and remembering what went over it. */
export class Wire {
  /** Milliseconds that every call takes. */
  latency = 0;
  readonly asked: { readonly call: string; readonly at: number }[] = [];

  constructor(private readonly clock: Clock) {}

  to<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          this.asked.push({ call: String(name), at: this.clock.now() });
          if (this.latency === 0) return member.apply(target, args) as unknown;
          return this.clock.sleep(this.latency).then(() => member.apply(target, args) as unknown);
        };
      },
    });
  }
}
