/**
 * Whether the pods of a node find a place elsewhere. The room of all nodes is worked out once, and for each shape of pod
 * which nodes can take it, as far as somebody has asked: the same answer serves every candidate. Pure.
 */
import { isServing } from '../decision/counting';
import type { NodeShape } from '../decision/fit';
import type { Node, Pod } from '../model/observation';
import { Neighbours, type Moves } from './neighbours';
import { isOnItsWay, missingPods } from './pods-on-their-way';
import { shapeOf } from './pod-shape';
import { hasRoom, isOpenTo, take, type Slot } from './slot';
import type { Surroundings } from './surroundings';
import { Work } from './work';

/** Pods held against nodes; see docs/draining.md for what that is in time. */
const MOST_WORK = 4_000_000;

/** Of one shape, in the order of the nodes. */
interface Takers {
  readonly found: Slot[];
  /** Nodes that were looked at. */
  looked: number;
}

export type Placing =
  | { readonly placed: true }
  /** `cut-off`: there was too much to look at. */
  | { readonly placed: false; readonly pod: Pod; readonly because: 'no-room' | 'cut-off' };

export class Homes {
  readonly work = new Work(MOST_WORK);
  private readonly slots: readonly Slot[];
  private readonly byName: ReadonlyMap<string, Slot>;
  private takers = new Map<string, Takers>();
  private readonly neighbours: Neighbours;
  /** What others need, who come first: it has taken its room already. */
  private readonly others: { readonly pod: Pod; readonly slot: Slot }[] = [];

  /** A waiting pod that was given room there: what it needs, not room that is gone. */
  private readonly given = new Map<Slot, Pod>();

  constructor(
    private readonly around: Surroundings,
    coming: readonly NodeShape[] = [],
  ) {
    const serving = around.seen.nodes.filter((node) => isServing(node) && !around.leaving().has(node.name));
    this.slots = [...serving.map((node) => slotOf(node, around)), ...coming.map(slotOfShape)];
    this.byName = new Map(this.slots.flatMap((slot) => (slot.name === undefined ? [] : [[slot.name, slot] as const])));
    this.neighbours = new Neighbours(around, this.slots, this.work);
    this.placeOthers();
  }

  /** Gives every pod of the node a place in thought, largest first; what is placed takes its room. */
  place(nodeName: string): Placing {
    const own = bySizeDown(this.around.drainOf(nodeName).resettle);
    const leaving = new Set([...this.around.leaving(), nodeName]);
    const taken = new Map<Slot, Slot>();
    const placed = this.others.filter(({ slot }) => slot.name !== nodeName);
    const displaced = this.others.filter(({ slot }) => slot.name === nodeName).map(({ pod }) => pod);
    const put = (pod: Pod) => this.put(pod, { leaving, placed }, taken);
    // They have no claim on the node that they were given: what is left for them is not this node's business.
    for (const pod of displaced) put(pod);
    for (const pod of own)
      if (!put(pod)) return { placed: false, pod, because: this.work.isOver ? 'cut-off' : 'no-room' };
    return { placed: true };
  }

  /** A pod that waits for a node, and that this one would take. */
  waitingPodThatFits(nodeName: string): Pod | null {
    const slot = this.byName.get(nodeName);
    if (!slot) return null;
    const given = this.given.get(slot);
    if (given) return given;
    const { facts } = this.around;
    return waitingShapes(this.around).find((pod) => hasRoom(pod, slot) && isOpenTo(pod, slot, facts)) ?? null;
  }

  private put(pod: Pod, moves: PlacedMoves, taken: Map<Slot, Slot>): boolean {
    const slot = this.find(pod, moves, taken);
    if (!slot) return false;
    const left = taken.get(slot) ?? { ...slot };
    take(left, pod);
    taken.set(slot, left);
    moves.placed.push({ pod, slot });
    return true;
  }

  private find(pod: Pod, moves: Moves, taken: ReadonlyMap<Slot, Slot>): Slot | null {
    const takers = this.takersOf(pod);
    for (let i = 0; ; i += 1) {
      const slot = takers.found[i] ?? this.nextTaker(pod, takers);
      if (!slot || this.work.isOver) return null;
      this.work.do(1);
      if (slot.name !== undefined && moves.leaving.has(slot.name)) continue;
      if (hasRoom(pod, taken.get(slot) ?? slot) && this.neighbours.allow(pod, slot, moves)) return slot;
    }
  }

  private takersOf(pod: Pod): Takers {
    const shape = shapeOf(pod);
    const known = this.takers.get(shape) ?? { found: [], looked: 0 };
    this.takers.set(shape, known);
    return known;
  }

  private nextTaker(pod: Pod, takers: Takers): Slot | null {
    while (takers.looked < this.slots.length && !this.work.isOver) {
      const slot = this.slots[takers.looked];
      takers.looked += 1;
      this.work.do(1);
      if (!slot || !hasRoom(pod, slot) || !isOpenTo(pod, slot, this.around.facts)) continue;
      takers.found.push(slot);
      return slot;
    }
    return null;
  }

  /** Pods of nodes that other drains empty, then those that are on their way to a node: they need room too. */
  private placeOthers(): void {
    const { around } = this;
    const leaving = around.leaving();
    const moves = { leaving, placed: this.others };
    const pods = [
      ...[...leaving].flatMap((name) => around.drainOf(name).resettle),
      ...missingPods(around),
      ...around.seen.pods.filter(isOnItsWay),
    ];
    for (const pod of pods) {
      const slot = this.find(pod, moves, NOTHING_TAKEN);
      if (!slot) continue;
      take(slot, pod);
      this.others.push({ pod, slot });
      if (isWaiting(pod)) this.given.set(slot, pod);
      this.forgetFull(pod, slot);
    }
    // Found while there was more room.
    this.takers = new Map();
  }

  /** Or the next pod of this shape would go through all that are full. */
  private forgetFull(pod: Pod, slot: Slot): void {
    const { found } = this.takersOf(pod);
    if (found[0] === slot && !hasRoom(pod, slot)) found.shift();
  }
}

const NOTHING_TAKEN: ReadonlyMap<Slot, Slot> = new Map();

interface PlacedMoves extends Moves {
  readonly placed: { readonly pod: Pod; readonly slot: Slot }[];
}

function slotOf({ name, labels, taints, allocatable }: Node, around: Surroundings): Slot {
  const slot = { name, labels, taints, ...allocatable };
  for (const pod of around.podsOn(name)) if (pod.phase !== 'Succeeded' && pod.phase !== 'Failed') take(slot, pod);
  return slot;
}

function slotOfShape({ free, ...shape }: NodeShape): Slot {
  return { ...shape, ...free };
}

function bySizeDown(pods: readonly Pod[]): readonly Pod[] {
  return pods.toSorted((a, b) => b.requests.cpu - a.requests.cpu || b.requests.memory - a.requests.memory);
}

function isWaiting(pod: Pod): boolean {
  return pod.unschedulable && isOnItsWay(pod);
}

const WAITING = new WeakMap<Surroundings, readonly Pod[]>();

/** One of each shape. */
function waitingShapes(around: Surroundings): readonly Pod[] {
  const known = WAITING.get(around);
  if (known) return known;
  const waiting = around.seen.pods.filter(isWaiting);
  const shapes = [...new Map(waiting.map((pod) => [shapeOf(pod), pod])).values()];
  WAITING.set(around, shapes);
  return shapes;
}
