/** What people, and machines by themselves, do to nodes and instances. */
import { interruption } from '../../scenarios/support/alerts';
import { SECOND } from '../../support/builders';
import type { History } from '../support/history';
import { markOf } from '../support/truth';
import { short } from '../support/witness';
import type { Mend } from './trouble';

function nodeOf(history: History, which: (name: string) => boolean = () => true): string | null {
  const nodes = history.truth.nodes().filter(({ metadata }) => which(metadata.name));
  // What a drain works on is where people are most in its way.
  const marked = nodes.filter((node) => markOf(node) !== null);
  const among = marked.length > 0 && history.draw.chance(0.5) ? marked : nodes;
  return history.draw.anyOf(among.map(({ metadata }) => metadata.name));
}

export function cordon(history: History): Mend | null {
  const { cluster } = history.world;
  const name = nodeOf(history);
  if (name === null) return null;
  history.tell(`a person cordons ${short(name)}`);
  cluster.cordonByHand(name);
  history.truth.lastLossAt = history.now;
  return () => uncordonNode(history, name);
}

export function uncordon(history: History): null {
  const name = nodeOf(history, (it) => history.world.cluster.node(it)?.spec.unschedulable === true);
  if (name !== null) uncordonNode(history, name);
  return null;
}

function uncordonNode(history: History, name: string): void {
  if (history.world.cluster.node(name)?.spec.unschedulable !== true) return;
  history.tell(`a person uncordons ${short(name)}`);
  history.world.cluster.uncordonByHand(name);
  history.truth.lastUncordonAt = history.now;
}

export function killInstance(history: History): null {
  const booting = history.truth.alive().filter(({ id }) => !history.world.cluster.node(id));
  const id = history.draw.chance(0.3) ? history.draw.anyOf(booting)?.id : nodeOf(history);
  if (!id || !history.truth.isRunning(id)) return null;
  history.witness.byHand = true;
  history.world.cloud.terminateByHand(id);
  history.witness.byHand = false;
  return null;
}

export function deleteNode(history: History): null {
  const name = nodeOf(history);
  if (name === null) return null;
  history.tell(`a person deletes Node ${short(name)}`);
  history.world.cluster.world.store.nodes.remove(name);
  return null;
}

export function hangKubelet(history: History): Mend | null {
  const { cluster } = history.world;
  const name = nodeOf(history, (it) => cluster.kubelet(it)?.state === 'ready');
  if (name === null) return null;
  history.tell(`the kubelet of ${short(name)} hangs`);
  cluster.hangKubelet(name);
  return () => cluster.resumeKubelet(name);
}

/** A spot interruption, or a machine that is retired; sometimes EC2 thinks better of it. */
export function ec2Takes(history: History): Mend | null {
  const { cloud } = history.world;
  const id = nodeOf(history, (it) => history.truth.isRunning(it));
  if (id === null) return null;
  const kind = history.draw.oneOf(['interruption', 'interruption', 'maintenance'] as const);
  const seconds = kind === 'interruption' ? 120 : history.draw.between(60, 300);
  history.tell(`EC2 says that it takes ${short(id)} in ${seconds} s (${kind})`);
  cloud.notify(id, { kind, at: history.now + seconds * SECOND });
  history.truth.announced.add(id);
  return () => {
    if (!history.truth.isRunning(id) || !history.draw.chance(0.3)) return;
    history.tell(`EC2 does not take ${short(id)} after all`);
    cloud.notify(id, null);
  };
}

/** EC2 knows nothing of it. */
export function falseWarning(history: History): Mend | null {
  const id = nodeOf(history, (it) => history.truth.isRunning(it) && !history.truth.announced.has(it));
  if (id === null) return null;
  history.tell(`an alert says that EC2 takes ${short(id)}`);
  void history.alertmanager.fires(interruption(id));
  return () => void history.alertmanager.resolves(interruption(id));
}
