import { LABELS } from '../webhook/model/names';
import type { KubeNode } from './kubernetes/objects';
import type { WorldEvent } from './world-event';

interface Seen {
  readonly node: KubeNode;
  readonly ready: boolean;
  readonly cordoned: boolean;
}

/** Turns lists of nodes into what happened between them. */
export class NodeWatch {
  private seen = new Map<string, Seen>();

  /** Events between the last list and this one, stamped `at`. A name that came back with another uid was removed and joined. */
  compare(nodes: readonly KubeNode[], at: number): readonly WorldEvent[] {
    const events: WorldEvent[] = [];
    const now = new Map(nodes.map((node) => [node.metadata.name, look(node)]));
    for (const [name, before] of this.seen) {
      if (!isSame(before, now.get(name))) events.push({ at, kind: 'node-removed', node: name });
    }
    for (const [name, after] of now) {
      const before = this.seen.get(name);
      events.push(...(before && isSame(before, after) ? changes(before, after, at) : joined(after, at)));
    }
    this.seen = now;
    return events;
  }
}

/** True of a node that is Ready. */
export function isReady({ status }: KubeNode): boolean {
  return status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

function look(node: KubeNode): Seen {
  return { node, ready: isReady(node), cordoned: node.spec.unschedulable === true };
}

function isSame(before: Seen, after: Seen | undefined): boolean {
  return before.node.metadata.uid === after?.node.metadata.uid;
}

function joined({ node, ready, cordoned }: Seen, at: number): WorldEvent[] {
  const { name, labels } = node.metadata;
  const pool = labels?.[LABELS.pool];
  return [
    { at, kind: 'node-joined', node: name, ...(pool === undefined ? {} : { pool }) },
    ...(ready ? [{ at, kind: 'node-condition', node: name, ready } as const] : []),
    ...(cordoned ? [{ at, kind: 'node-cordoned', node: name, cordoned } as const] : []),
  ];
}

function changes(before: Seen, after: Seen, at: number): WorldEvent[] {
  if (before.node === after.node) return [];
  const { ready, cordoned, node } = after;
  const { name } = node.metadata;
  return [
    ...(ready === before.ready ? [] : [{ at, kind: 'node-condition', node: name, ready } as const]),
    ...(cordoned === before.cordoned ? [] : [{ at, kind: 'node-cordoned', node: name, cordoned } as const]),
  ];
}
