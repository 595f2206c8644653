import { ERRORS, type Fault } from '../errors';
import type { Logger } from '../telemetry/logger';

export type Trouble = Fault & { readonly part: string };

/** One line when a part of the world falls out of order, with what to do, and one when it is back; not one a look. */
export class TroubleLog {
  private known: ReadonlyMap<string, Trouble> = new Map();

  constructor(
    /** Null: what all clusters share. */
    private readonly cluster: string | null,
    private readonly log: Logger,
  ) {}

  /** `troubles`: all that there is now. */
  note(troubles: readonly Trouble[]): void {
    const before = this.known;
    this.known = new Map(troubles.map((trouble) => [`${trouble.part} ${trouble.code}`, trouble]));
    const about = this.cluster === null ? {} : { cluster: this.cluster };
    for (const [key, { part, ...fault }] of this.known) {
      if (!before.has(key)) this.log.warn({ ...about, part, fault, advice: ERRORS[fault.code].advice }, 'out of order');
    }
    for (const [key, { part, code }] of before) {
      if (!this.known.has(key)) this.log.info({ ...about, part, code }, 'in order again');
    }
  }
}
