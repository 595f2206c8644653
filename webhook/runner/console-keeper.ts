import type { PoolKey } from '../model/pool';
import type { Clock, Ec2Port, StorePort } from '../ports';
import { maskedConsole } from '../telemetry/masked-console';

export interface ConsoleDeps {
  readonly key: PoolKey;
  readonly ec2: Pick<Ec2Port, 'consoleOutput'>;
  readonly store: Pick<StorePort, 'putConsole'>;
  readonly clock: Clock;
}

/** The termination waits for it no longer, milliseconds: it is nice to have. Protocol, not scaled. */
const PATIENCE = 10_000;

/** Keeps the console output of these instances for people, secrets masked. What fails or lasts too long is left. */
export async function keepConsoles(ids: readonly string[], operation: string, deps: ConsoleDeps): Promise<void> {
  const done = new AbortController();
  const kept = Promise.allSettled(ids.map((id) => keepConsole(id, operation, deps)));
  await Promise.race([kept, deps.clock.sleep(PATIENCE, done.signal)]);
  done.abort();
}

async function keepConsole(id: string, operation: string, { key, ec2, store, clock }: ConsoleDeps): Promise<void> {
  const text = await ec2.consoleOutput(id);
  if (text !== null)
    await store.putConsole(key, { instanceId: id, operation, at: clock.now(), text: maskedConsole(text) });
}
