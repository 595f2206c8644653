/** What stands in the place of what: told by tags, which live as long as their instance. Pure. */
import { isAlive, type CompleteObservation, type Instance } from '../model/observation';
import { instancesByReplaced, nodesByInstance } from '../model/observed';
import { isServing } from './counting';

/** Instances that live and were launched in the place of this one, or of one that had been. */
export function standInsOf(id: string, seen: CompleteObservation, passed: readonly string[] = []): readonly Instance[] {
  const launched = (instancesByReplaced(seen.instances).get(id) ?? []).filter((it) => !passed.includes(it.id));
  return launched.flatMap((it) => (isAlive(it) ? [it] : standInsOf(it.id, seen, [...passed, it.id])));
}

/** One of them is a Ready node that takes pods. */
export function isStoodInFor(id: string, seen: CompleteObservation): boolean {
  const nodes = nodesByInstance(seen.nodes);
  return standInsOf(id, seen).some((it) => nodes.get(it.id)?.some(isServing));
}
