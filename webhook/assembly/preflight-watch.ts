import { faultOf, type Fault } from '../errors';
import type { Clock } from '../ports';
import type { Finding } from '../preflight/judgement/finding';
import type { Logger } from '../telemetry/logger';

/** Until it is looked again whether a problem is mended, and whether EC2 answers by now. Not scaled. Milliseconds. */
const LOOK_AGAIN_AFTER = 600_000;
const ASK_AGAIN_AFTER = 60_000;

export interface PreflightWatchDeps {
  readonly cluster: string;
  /** Changes nothing. */
  readonly check: () => Promise<readonly Finding[]>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Looks at all that a cluster names in EC2 when the service starts, beside everything else, and again as long as there are
 * problems. Nothing waits for it, and nothing is held back by what it finds: a launch may work all the same.
 */
export class PreflightWatch {
  private readonly stopping = new AbortController();
  private found: readonly Finding[] = [];

  constructor(private readonly deps: PreflightWatchDeps) {}

  /** As last seen; nothing before the first look has ended. */
  get findings(): readonly Finding[] {
    return this.found;
  }

  start(): void {
    void this.run();
  }

  /** At once: what a look under way finds is of no use any more. */
  stop(): void {
    this.stopping.abort();
  }

  private async run(): Promise<void> {
    const { clock } = this.deps;
    for (let pause = await this.look(); pause !== null; pause = await this.look()) {
      await clock.sleep(pause, this.stopping.signal);
    }
  }

  /** How long to wait for the next look; null: no more. */
  private async look(): Promise<number | null> {
    if (this.stopping.signal.aborted) return null;
    const { cluster, check, log } = this.deps;
    try {
      const findings = await check();
      return this.stopping.signal.aborted ? null : this.note(findings);
    } catch (error) {
      log.error({ cluster, fault: faultOf(error) }, 'could not carry out the preflight');
      return LOOK_AGAIN_AFTER;
    }
  }

  private note(all: readonly Finding[]): number | null {
    // Whether EC2 answers at all is told by those who need it.
    const findings = all.filter(({ code }) => code !== 'ec2-unreachable');
    if (findings.length < all.length) return ASK_AGAIN_AFTER;
    const before = this.found;
    this.found = findings;
    this.tell(before);
    return findings.some(isProblem) ? LOOK_AGAIN_AFTER : null;
  }

  /** One line when something is found, and one when it is mended; what stays is one line a look. */
  private tell(before: readonly Finding[]): void {
    const { cluster, log } = this.deps;
    const [known, now] = [new Set(before.map(keyOf)), new Set(this.found.map(keyOf))];
    for (const { advice, severity, pool, code, key, what } of this.found.filter((it) => !known.has(keyOf(it)))) {
      const line = { cluster, pool, finding: { code, severity, key, what }, advice };
      log[severity === 'unknown' ? 'info' : 'warn'](line, 'preflight found something');
    }
    for (const { pool, code, key } of before.filter((it) => !now.has(keyOf(it)))) {
      log.info({ cluster, pool, finding: { code, key } }, 'preflight finds it no more');
    }
    const stale = this.found.filter((it) => isProblem(it) && known.has(keyOf(it)));
    const codes = [...new Set(stale.map(({ code }) => code))];
    if (stale.length > 0) log.warn({ cluster, problems: stale.length, codes }, 'preflight still finds problems');
  }
}

function isProblem({ severity }: Finding): boolean {
  return severity === 'problem';
}

/** Not what was found: numbers in it change from look to look. */
function keyOf({ code, key }: Finding): string {
  return `${code} ${key}`;
}

/** For /readyz: warnings are for the log and the metrics, because they may be meant. */
export function preflightTroubles(findings: readonly Finding[]): readonly (Fault & PreflightTrouble)[] {
  return findings.filter(isProblem).map(({ code, pool, key, what, advice }) => ({
    part: pool === null ? 'preflight' : `preflight of ${pool}`,
    code: 'preflight-problem',
    retryable: false,
    message: `${code} (${key}): ${what}`,
    advice,
  }));
}

interface PreflightTrouble {
  readonly part: string;
  readonly advice: string;
}
