import { faultOf } from '../errors';
import type { Decision } from '../model/decision';
import type { PoolKey } from '../model/pool';
import type { HistoryRow, Ids, StorePort } from '../ports';
import type { Logger } from '../telemetry/logger';

export interface DecisionLogDeps {
  readonly key: PoolKey;
  readonly store: Pick<StorePort, 'appendHistory'>;
  readonly ids: Ids;
  readonly log: Logger;
}

interface Spell {
  readonly row: HistoryRow;
  readonly decision: Decision;
  readonly times: number;
}

/**
 * Keeps the decisions of one pool: a history row when outcome or reason changes, with how often and when last it was
 * given while it stayed the same; accepted ones always get a row of their own.
 */
export class DecisionLog {
  private spell: Spell | null = null;

  constructor(private readonly deps: DecisionLogDeps) {}

  last(): Decision | null {
    return this.spell?.decision ?? null;
  }

  async note(decision: Decision, operations: readonly string[]): Promise<void> {
    const before = this.spell;
    if (before && decision.outcome === 'hold' && isSameAnswer(before.decision, decision)) {
      this.spell = { ...before, decision, times: before.times + 1 };
      return;
    }
    const row = {
      at: decision.at,
      id: this.deps.ids.next(),
      kind: 'decision' as const,
      data: rowData(decision, operations),
    };
    this.spell = { row, decision, times: 1 };
    this.tell(decision, operations);
    await this.write(before && before.times > 1 ? [closed(before), row] : [row]);
  }

  private tell(decision: Decision, operations: readonly string[]): void {
    const { key, log } = this.deps;
    const { outcome, reason, detail, have, want, limitedBy } = decision;
    const fields = {
      ...key,
      outcome,
      reason,
      detail,
      have,
      want,
      limitedBy,
      alert: decision.intent?.source,
      operations,
    };
    log.info(fields, outcome === 'hold' ? 'held' : 'decided');
  }

  /** History is for people: failing to write it must not undo or repeat a decision. */
  private async write(rows: readonly HistoryRow[]): Promise<void> {
    try {
      for (const row of rows) await this.deps.store.appendHistory(this.deps.key, row);
    } catch (error) {
      this.deps.log.warn({ ...this.deps.key, fault: faultOf(error) }, 'could not write history');
    }
  }
}

function isSameAnswer(a: Decision, b: Decision): boolean {
  return a.outcome === b.outcome && a.reason === b.reason && a.intent?.source === b.intent?.source;
}

function closed({ row, decision, times }: Spell): HistoryRow {
  return { ...row, data: { ...row.data, times, lastAt: decision.at } };
}

function rowData(decision: Decision, operations: readonly string[]): Record<string, unknown> {
  const { intent, outcome, reason, detail, have, want, launch, giveBack, takeBack, limitedBy } = decision;
  const asked = intent ? { alert: intent.source, direction: intent.direction, urgent: intent.urgent } : {};
  const pinned = decision.zones ? { zones: decision.zones } : {};
  return {
    ...asked,
    outcome,
    reason,
    detail,
    have,
    want,
    launch,
    giveBack,
    takeBack,
    limitedBy,
    ...pinned,
    operations,
  };
}
