type JoinSteps = Readonly<Record<'running' | 'registered' | 'ready', number>>;

/** Steps that the file does not limit are parts of the whole, so that who gives slow machines more time gives it to all. */
export function withJoinSteps<D extends { readonly join: number } & Partial<JoinSteps>>(deadline: D): D & JoinSteps {
  const part = (share: number) => Math.max(1, Math.round(deadline.join / share));
  return {
    ...deadline,
    running: deadline.running ?? part(5),
    registered: deadline.registered ?? part(2),
    ready: deadline.ready ?? part(2),
  };
}
