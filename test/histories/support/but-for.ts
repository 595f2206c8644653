/** The port with some of its methods done otherwise. */
export function butFor<T extends object>(port: T, changes: Partial<T>): T {
  return new Proxy(port, {
    get: (target, name) => {
      const changed: unknown = Reflect.get(changes, name);
      if (changed !== undefined) return changed;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
