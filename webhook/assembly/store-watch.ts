import type { Fault } from '../errors';
import type { Clock, StoreInspection } from '../ports';
import type { Logger } from '../telemetry/logger';
import { TroubleLog } from './trouble-log';

/** Between two looks at a table that is not as it should be, milliseconds: the control plane is not for polling. */
const LOOK_AGAIN_AFTER = 60_000;

/** Looks at the table when the service starts, and again until all is well with it. */
export class StoreWatch {
  private readonly stopping = new AbortController();
  private readonly troubles: TroubleLog;
  private run: Promise<void> = Promise.resolve();
  private found: readonly Fault[] = [];

  constructor(
    private readonly inspect: () => Promise<StoreInspection>,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    this.troubles = new TroubleLog(null, log);
  }

  /** As last seen. */
  get faults(): readonly Fault[] {
    return this.found;
  }

  start(): void {
    this.run = this.look();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.run;
  }

  private async look(): Promise<void> {
    while (!this.stopping.signal.aborted && !(await this.isWell())) {
      await this.clock.sleep(LOOK_AGAIN_AFTER, this.stopping.signal);
    }
  }

  private async isWell(): Promise<boolean> {
    try {
      const { faults, unknown } = await this.inspect();
      this.found = faults;
      this.troubles.note(faults.map((fault) => ({ part: 'store', ...fault })));
      if (faults.length > 0) return false;
      if (unknown.length > 0) this.log.info({ unknown }, 'could not inspect the table');
      return true;
    } catch {
      // Whether the store answers at all is told by those who need it.
      return false;
    }
  }
}
