/** What must hold whenever we touch a machine or a node. */
import type { SimInstance } from '../../../simulator/ec2/ec2-types';
import type { KubeNode } from '../../../simulator/kubernetes/objects';
import { TAGS } from '../../../webhook/model/names';
import { isExchange, type Operation, type ScaleDown } from '../../../webhook/model/operation';
import { Broken } from '../support/story';
import type { Tracked, Truth } from '../support/truth';
import { checkMax } from './acceptance-rules';

/** How old what a process knows may be when it acts on it: observation, latency there and back, EC2's own lag. */
const KNOWN_WITHIN = 30_000;

/** So long before its time a node that EC2 takes may be ended with what is left on it; clocks differ. Milliseconds. */
const TAKEN_MARGIN = 8000;

/** `sender` had slept: its operation may have gone on without it, which no call of EC2 can find out. */
export function checkLaunch(instance: SimInstance, senderHasSlept: boolean, truth: Truth): void {
  const id = instance.tags[TAGS.operation] ?? '';
  const tracked = truth.operations.get(id);
  if (!tracked || tracked.accepted.kind !== 'scale-up') {
    throw new Broken('owned', `${instance.id} was launched for ${id || 'nobody'}, which was never accepted`);
  }
  tracked.launched.add(instance.id);
  if (isExchange(tracked.accepted) && instance.lifecycle !== 'spot') {
    throw new Broken('exchange', `${instance.id} is ${instance.lifecycle}, launched to return to spot`);
  }
  checkExpected(instance, tracked, senderHasSlept, truth);
  const launched = [...tracked.launched].filter((it) => !truth.late.has(it)).length;
  if (launched > tracked.accepted.planned) {
    throw new Broken('one-launch', `${id} planned ${tracked.accepted.planned} and launched ${launched}`);
  }
  checkMax(truth);
}

function checkExpected(
  { id: instance, tags }: SimInstance,
  { accepted, closedAs }: Tracked,
  senderHasSlept: boolean,
  truth: Truth,
): void {
  const { id } = accepted;
  const operation = truth.state().operations[id];
  const round = Number(tags[TAGS.attempt]?.split('.').at(-1));
  if (operation?.kind === 'scale-up' && !operation.answered && round > (operation.settled ?? 0)) return;
  if (closedAs?.reason === 'no-longer-wanted') {
    throw new Broken('cancelled', `${instance} was launched for ${id}, which was cancelled before it began`);
  }
  if (!senderHasSlept) throw new Broken('one-launch', `${instance} was launched for ${id} after its answer`);
  truth.late.add(instance);
}

export function checkTermination(id: string, truth: Truth): void {
  truth.endedByUs.add(id);
  const downs = truth.open.filter((it): it is ScaleDown => it.kind === 'scale-down' && it.node?.instanceId === id);
  // Two when a person deletes its Node in mid-drain: it joins anew, as another Node, and that one is drained too.
  const down = downs.find(({ phase }) => phase === 'terminating') ?? downs[0];
  if (down) return checkDrained(id, down, truth);
  const owner = truth.open.find((it) => it.kind === 'scale-up' && truth.operations.get(it.id)?.launched.has(id));
  if (owner?.kind === 'scale-up') {
    const joined = owner.instances.find((it) => it.id === id)?.joinedAt;
    if (owner.phase === 'rolling-back' && joined === undefined) return;
    throw new Broken('keep', `${id} of ${owner.id} was terminated in phase ${owner.phase}`);
  }
  const node = truth.world.cluster.node(id);
  if (node && truth.now - Date.parse(node.metadata.creationTimestamp) > KNOWN_WITHIN) {
    throw new Broken('keep', `${id} was terminated for no operation, and it is a node`);
  }
}

function checkDrained(id: string, down: ScaleDown, truth: Truth): void {
  truth.operations.get(down.id)?.terminated.add(id);
  if (down.phase !== 'terminating') {
    throw new Broken('no-way-back', `${id} was terminated while ${down.id} is ${down.phase}`);
  }
  if (down.forced) checkTaken(id, down, truth);
  else checkGivenBack(id, down.phaseAt - KNOWN_WITHIN, truth);
}

function checkGivenBack(id: string, since: number, truth: Truth): void {
  const [pod] = truth.movable(id);
  if (pod && truth.lastUncordonAt < since) {
    const { name, ownerReferences = [] } = pod.metadata;
    throw new Broken('drained', `${id} was terminated under pod ${name} (${ownerReferences[0]?.kind ?? 'bare'})`);
  }
  const others = truth.serving().filter(({ metadata }) => metadata.name !== id).length;
  if (others < truth.policy.min && truth.lastLossAt < since) {
    throw new Broken('min', `${id} was terminated, ${others} nodes serve, min is ${truth.policy.min}`);
  }
}

/** EC2 takes it anyway: what has not left it in time goes with it. */
function checkTaken(id: string, { id: operation, notice, phaseAt }: ScaleDown, truth: Truth): void {
  if (!notice || !truth.announced.has(id)) {
    throw new Broken('replace', `${id} was terminated for ${operation}, and EC2 never said that it takes it`);
  }
  const [pod] = truth.movable(id);
  const early = truth.now < notice.at - TAKEN_MARGIN && truth.lastUncordonAt < phaseAt - KNOWN_WITHIN;
  if (pod && early) throw new Broken('drained', `${id} was terminated under pod ${pod.metadata.name} before its time`);
}

/** `somebodySlept`: a mark may be the one call that a process was about to make when it fell asleep. */
export function checkMark(node: KubeNode, operation: string, somebodySlept: boolean, truth: Truth): void {
  const { name } = node.metadata;
  if (!truth.operations.has(operation)) {
    throw new Broken('owned', `${name} carries the mark of ${operation}, which nobody accepted`);
  }
  const open = truth.open.find(({ id }) => id === operation);
  if (open && isAboutToMark(open, name)) {
    if (!open.forced) checkServing(name, open.acceptedAt - KNOWN_WITHIN, truth);
    return;
  }
  if (!somebodySlept) {
    throw new Broken('mark', `${name} was marked for ${operation}, which is ${open?.phase ?? 'closed'}`);
  }
}

function isAboutToMark(operation: Operation, node: string): operation is ScaleDown {
  return operation.kind === 'scale-down' && operation.phase === 'accepted' && operation.node?.name === node;
}

function checkServing(cordoned: string, since: number, truth: Truth): void {
  const serving = truth.serving().length;
  if (serving >= truth.policy.min || truth.lastLossAt >= since) return;
  throw new Broken('min', `${cordoned} was cordoned, ${serving} nodes serve, min is ${truth.policy.min}`);
}
