import type { LogLine } from '../stage/webhook-process';
import type { WorldEvent } from '../world-event';
import type { Paint } from './paint';

/** A line of the timeline: what kind of thing happened, and what. Null: not worth a line. */
export interface Entry {
  readonly kind: 'alert' | 'decided' | 'held' | 'operation' | 'node';
  readonly text: string;
}

type Telling = (line: LogLine) => Entry | null;

const TELLINGS: Readonly<Record<string, Telling>> = {
  decided: (line) => ({ kind: 'decided', text: `${text(line, 'outcome')}: ${text(line, 'detail')}${limits(line)}` }),
  held: (line) => {
    const reason = text(line, 'reason');
    return reason === 'nothing-asked' ? null : { kind: 'held', text: `${reason}: ${text(line, 'detail')}` };
  },
  'entered phase': (line) => {
    if (line['phase'] !== 'rolling-back' || line['kind'] !== 'scale-down') return null;
    const node = text(line, 'node');
    return operation(`${node === '' ? 'drains nothing' : `gives ${node} back`}: ${text(line, 'detail')}`);
  },
  'launched instances': (line) => operation(`EC2 gave ${counted(line['instances'])}`),
  'cordoned node': (line) => operation(`cordons ${text(line, 'node')}`),
  'uncordoned node': (line) => operation(`uncordons ${text(line, 'node')}`),
  'evictions refused by budget': (line) => operation(`budget says wait: ${firstOf(line['refused'])}`),
  'terminated instances': (line) => operation(`terminates ${firstOf(line['instances'])}`),
  'closed operation': (line) => {
    const reason = text(line, 'reason');
    return operation(`${text(line, 'kind')} ${text(line, 'phase')}${reason === '' ? '' : ` (${reason})`}`);
  },
};

/** What the webhook's log line means to somebody who watches. */
export function entryOfLog(line: LogLine): Entry | null {
  return TELLINGS[line.msg]?.(line) ?? null;
}

export function entryOfWorld(event: WorldEvent): Entry | null {
  if (event.kind === 'node-condition')
    return { kind: 'node', text: `${event.node} is ${event.ready ? 'Ready' : 'not Ready'}` };
  return event.kind === 'node-removed' ? { kind: 'node', text: `${event.node} has left` } : null;
}

/** The column in front of the text. */
export function label(kind: Entry['kind'], paint: Paint): string {
  const styles = {
    alert: paint.yellow,
    decided: paint.green,
    held: paint.dim,
    operation: paint.cyan,
    node: paint.bold,
  };
  return styles[kind](kind.padEnd(9));
}

function operation(told: string): Entry {
  return { kind: 'operation', text: told };
}

function text(line: LogLine, key: string): string {
  const value = line[key];
  return typeof value === 'string' ? value : '';
}

function limits({ limitedBy }: LogLine): string {
  return Array.isArray(limitedBy) && limitedBy.length > 0 ? ` [limited by ${limitedBy.join(', ')}]` : '';
}

function counted(list: unknown): string {
  const count = Array.isArray(list) ? list.length : 0;
  return count === 1 ? '1 instance' : `${count} instances`;
}

function firstOf(list: unknown): string {
  return Array.isArray(list) ? String(list[0] ?? '') : '';
}
