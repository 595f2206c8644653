import type { Node } from '../model/observation';
import type { Finding } from './findings';

/** EC2's view is not believed. */
export interface Unvouched {
  /** For people: why, and what is left alone for it. */
  readonly message: string;
  /** How many Ready nodes EC2 does not know; 0 when there is none that it could know. */
  readonly unknown: number;
  /** Left alone. */
  readonly heldBack: readonly Finding[];
}

/** Names in a message. */
const MOST_NAMED = 3;

/** EC2 does not know what certainly exists. */
export function contradiction(unknown: readonly Node[], heldBack: readonly Finding[]): Unvouched {
  const names = named(unknown.map(({ name }) => name));
  const message = `EC2 does not know the instances of Ready nodes (${names}): it is not the EC2 of this cluster, or it leaves something out; nothing was touched`;
  return { message, unknown: unknown.length, heldBack };
}

/** Nothing contradicts EC2, and nothing confirms it. */
export function noWitness(heldBack: readonly Finding[]): Unvouched {
  const names = named(heldBack.map(({ id }) => id));
  const message = `no Ready node proves that this is the EC2 of the cluster: left alone (${names})`;
  return { message, unknown: 0, heldBack };
}

function named(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return names.slice(0, MOST_NAMED).join(', ') + more;
}
