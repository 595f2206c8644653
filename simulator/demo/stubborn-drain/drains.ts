import type { LogLine } from '../../stage/webhook-process';

/** What the webhook has logged of one scale-down that is over. */
export interface Drain {
  /** Null when none was chosen. */
  readonly node: string | null;
  readonly phase: string;
  readonly reason: string;
  readonly detail: string;
}

/** In the order in which they ended. */
export function drainsOf(lines: readonly LogLine[]): readonly Drain[] {
  const downs = lines.filter(({ kind }) => kind === 'scale-down');
  return downs.filter(({ msg }) => msg === 'closed operation').map((line) => drainOf(line, downs));
}

/** The detail in full is in the line of the roll-back: what is stored, and told at the end, is cut. */
function drainOf(closed: LogLine, downs: readonly LogLine[]): Drain {
  const entered = downs.find(
    ({ msg, phase, operation }) =>
      msg === 'entered phase' && phase === 'rolling-back' && operation === closed['operation'],
  );
  const { node, phase } = closed;
  return {
    node: typeof node === 'string' ? node : null,
    phase: textOf(phase),
    reason: textOf(entered?.['reason'] ?? closed['reason']),
    detail: textOf(entered?.['detail'] ?? closed['detail']),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
