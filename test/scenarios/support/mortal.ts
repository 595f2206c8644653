/** A process that can be killed: from then on nothing that it asked is answered, and no timer of its fires. */
export interface Life {
  killed: boolean;
}

const NEVER = new Promise<never>(() => undefined);

/** The port as a process holds it. A call that was under way at the end is carried out, and its answer lost. */
export function mortal<T extends object>(port: T, life: Life): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (life.killed && name !== 'now') return NEVER;
        const answer: unknown = member.apply(target, args);
        return answer instanceof Promise ? answer.then((value: unknown) => (life.killed ? NEVER : value)) : answer;
      };
    },
  });
}
