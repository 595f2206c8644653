/** What stands in the place of what: told by tags, which live as long as their instance. Pure. */
import { TAGS } from '../model/names';
import { isAlive, type CompleteObservation, type Instance } from '../model/observation';
import { isServing } from './counting';

/** Instances that live and were launched in the place of this one, or of one that had been. */
export function standInsOf(id: string, seen: CompleteObservation, passed: readonly string[] = []): readonly Instance[] {
  const launched = seen.instances.filter(({ id: it, tags }) => tags[TAGS.replaces] === id && !passed.includes(it));
  return launched.flatMap((it) => (isAlive(it) ? [it] : standInsOf(it.id, seen, [...passed, it.id])));
}

/** One of them is a Ready node that takes pods. */
export function isStoodInFor(id: string, seen: CompleteObservation): boolean {
  const ids = new Set(standInsOf(id, seen).map((it) => it.id));
  return seen.nodes.some((node) => isServing(node) && node.instanceId !== null && ids.has(node.instanceId));
}
