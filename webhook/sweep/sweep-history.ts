import { faultOf } from '../errors';
import type { PoolKey } from '../model/pool';
import type { HistoryRow, StorePort } from '../ports';
import type { Logger } from '../telemetry/logger';
import type { Finding } from './findings';
import type { SweepReport } from './sweep-report';

export interface SweepHistoryDeps {
  readonly cluster: string;
  readonly pools: readonly string[];
  readonly store: Pick<StorePort, 'appendHistory'>;
  readonly log: Logger;
}

interface Entry {
  readonly pool: string;
  readonly row: HistoryRow;
}

/** Rows that wait for a store that does not take them; the oldest give way. */
const MOST_WAITING = 1000;

/**
 * What sweeps found, as history and log: a row for everything removed, and for what goes on, such as a finding that is
 * left for a person, one when it begins, completed with `lastAt` when it ends; not one at every look.
 */
export class SweepHistory {
  private spells = new Map<string, Entry>();
  private lastAt = 0;
  private waiting: readonly Entry[] = [];

  constructor(private readonly deps: SweepHistoryDeps) {}

  /** Takes the report of every sweep. Never rejects: rows that cannot be written are written after a later one. */
  async note(report: SweepReport): Promise<void> {
    const before = this.spells;
    const now = new Map(lasting(report, this.deps.pools).map((entry) => [keyOf(entry), entry]));
    const begun = [...now].filter(([key]) => !before.has(key)).map(([, entry]) => entry);
    const ended = [...before].filter(([key]) => !now.has(key)).map(([, entry]) => withEnd(entry, this.lastAt));
    this.spells = new Map([...now].map(([key, entry]) => [key, before.get(key) ?? entry]));
    this.lastAt = report.at;
    for (const { pool, row } of begun) this.deps.log.warn({ ...this.key(pool), ...row.data }, 'left for a person');
    const removed = report.removed.map((finding) => entryOf(finding, report.at, 'removed'));
    await this.write([...removed, ...begun, ...ended]);
  }

  private async write(entries: readonly Entry[]): Promise<void> {
    this.waiting = [...this.waiting, ...entries].slice(-MOST_WAITING);
    try {
      for (let next = this.waiting[0]; next; next = this.waiting[0]) {
        await this.deps.store.appendHistory(this.key(next.pool), next.row);
        this.waiting = this.waiting.slice(1);
      }
    } catch (error) {
      this.deps.log.warn({ cluster: this.deps.cluster, fault: faultOf(error) }, 'could not write history');
    }
  }

  private key(pool: string): PoolKey {
    return { cluster: this.deps.cluster, pool };
  }
}

/** What a sweep did not touch. */
function lasting({ at, reported, refused, unvouched }: SweepReport, pools: readonly string[]): readonly Entry[] {
  return [
    ...reported.map((finding) => entryOf(finding, at, 'reported')),
    ...refused.map(({ pool, removals, size }) => anEntry(pool, at, 'refused', { removals, size })),
    ...(unvouched ? pools.map((pool) => anEntry(pool, at, 'unvouched', { message: unvouched.message })) : []),
  ];
}

function entryOf(finding: Finding, at: number, outcome: 'removed' | 'reported'): Entry {
  const { kind, id, pool } = finding;
  const where = 'node' in finding ? { node: finding.node.name } : { instance: finding.instanceId };
  return { pool, row: { at, id, kind: 'sweep', data: { outcome, finding: kind, what: id, ...where } } };
}

/** Of a whole pool: nothing that one finding is about. */
function anEntry(pool: string, at: number, outcome: 'refused' | 'unvouched', data: Record<string, unknown>): Entry {
  return { pool, row: { at, id: `sweep-${outcome}`, kind: 'sweep', data: { outcome, ...data } } };
}

function withEnd({ pool, row }: Entry, lastAt: number): Entry {
  return { pool, row: { ...row, data: { ...row.data, lastAt } } };
}

function keyOf({ pool, row }: Entry): string {
  return `${pool} ${row.id}`;
}
