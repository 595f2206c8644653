import type { InstanceChange } from '../../../simulator/ec2/ec2-types';
import type { KubeNode } from '../../../simulator/kubernetes/objects';
import { isReady } from '../../../simulator/node-watch';
import { TAGS } from '../../../webhook/model/names';
import { isExchange, type Operation } from '../../../webhook/model/operation';
import type { PoolState } from '../../../webhook/model/pool';
import type { Acceptance, Closing, HistoryRow, PodDeletion } from '../../../webhook/ports';
import { checkAcceptance, Clocks } from '../rules/acceptance-rules';
import { checkEnding, checkSave } from '../rules/operation-rules';
import { checkDeletion } from '../rules/pod-rules';
import { checkLaunch, checkMark, checkTermination } from '../rules/world-rules';
import { Broken, type Story } from './story';
import { markOf, type Truth } from './truth';
import type { StoreWitness } from './ledger';

/** Sees everything that happens, tells it, and says at once when it must not happen. */
export class Witness implements StoreWitness {
  /** What was seen at least once: `scale-up rolled-back join-deadline`, `taken over`, `topped up` ... */
  readonly seen = new Set<string>();
  /** A person acts just now. */
  byHand = false;
  /** Who sends CreateFleet just now, and whether he has slept. */
  senderHasSlept: (operation: string) => boolean = () => false;
  somebodySlept = false;
  private readonly clocks: Clocks;

  constructor(
    private readonly truth: Truth,
    private readonly story: Story,
    private readonly onBroken: (broken: Broken) => void,
  ) {
    this.clocks = new Clocks(truth.policy);
    truth.world.cloud.onChange((change) => this.instanceChanged(change));
    truth.world.cluster.world.store.nodes.onChange((before, after) => this.nodeChanged(before, after));
  }

  // ------------------------------------------------------------------------------- store

  accepted(before: PoolState, after: PoolState, acceptance: Acceptance): void {
    for (const operation of acceptance.operations) {
      this.noteKind(operation);
      this.story.tell(`${operation.owner.split('/')[0]} accepts ${wording(operation)}`);
      this.truth.operations.set(operation.id, {
        accepted: operation,
        latest: operation,
        closedAs: null,
        drainUntil: null,
        launched: new Set(),
        terminated: new Set(),
      });
    }
    if (acceptance.operations.length > 1) this.seen.add('several at once');
    if (acceptance.cancel.length > 0)
      this.seen.add(`taken back${acceptance.operations.length > 0 ? ' and bought' : ''}`);
    for (const { id, by } of acceptance.cancel) this.story.tell(`${id} is taken back by ${by}`);
    this.check(() => checkAcceptance(before, acceptance, this.truth, this.clocks));
    for (const { id } of acceptance.cancel) this.know(after.operations[id]);
  }

  private noteKind(operation: Operation): void {
    if (operation.trigger.topUp) this.seen.add('topped up');
    if (operation.kind === 'scale-down' && operation.exchanged) this.seen.add('given back for a spot node');
    if (operation.kind === 'scale-down' && operation.forced) this.seen.add('drained because EC2 takes it');
    if (operation.kind !== 'scale-up') return;
    if (isExchange(operation)) this.seen.add('launched to return to spot');
    else if (operation.replaces !== undefined) this.seen.add('launched in the place of another');
    if (this.clocks.circuitIsOpen) this.seen.add('launched one to see');
  }

  saved(before: Operation, after: Operation): void {
    if (before.owner !== after.owner) {
      this.seen.add(`taken over ${after.kind} ${after.phase}`);
      this.story.tell(`${after.owner} takes ${after.id} over from ${before.owner}`);
    }
    if (before.phase !== after.phase) this.story.tell(`${after.id} enters ${after.phase} ${after.reason ?? ''}`);
    if (after.lastError && after.lastError.message !== before.lastError?.message) {
      this.story.tell(`${after.id} fails: ${after.lastError.message}`);
    }
    this.check(() => {
      if (after.lastError?.code === 'internal') throw new Broken('defect', after.lastError.message);
      checkSave(before, after, this.truth);
    });
    this.know(after);
  }

  closed(operation: Operation, closing: Closing): void {
    this.story.tell(`${operation.id} ends ${operation.phase} ${operation.reason ?? ''}`);
    this.know(operation);
    if (operation.kind === 'scale-down' && operation.exchanged) this.seen.add(`exchange ${operation.phase}`);
    if (operation.kind === 'scale-up' && isExchange(operation)) this.seen.add(`exchange launch ${operation.phase}`);
    this.seen.add(
      `${operation.kind} ${operation.phase} ${operation.phase === 'done' ? '' : (operation.reason ?? '')}`.trim(),
    );
    const tracked = this.truth.operations.get(operation.id);
    if (!tracked) return;
    tracked.closedAs = operation;
    this.clocks.closed(operation, closing);
    this.check(() => checkEnding(tracked, this.truth));
  }

  wroteHistory(row: HistoryRow): void {
    if (row.kind !== 'sweep') return;
    this.seen.add(`swept ${String(row.data['finding'])}`);
    this.story.tell(`the sweep removes ${row.id}`);
  }

  /** Remembers the first break; what follows from it is of no interest. */
  check(rule: () => void): void {
    try {
      rule();
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      this.onBroken(error);
    }
  }

  private know(operation: Operation | undefined): void {
    const tracked = operation && this.truth.operations.get(operation.id);
    if (!tracked) return;
    tracked.latest = operation;
    if (operation.phase === 'draining') tracked.drainUntil = operation.deadline;
  }

  // ------------------------------------------------------------------------------- world

  deletesPod(pod: PodDeletion, senderHasSlept: boolean): void {
    const node = this.truth.world.cluster.pod(pod.namespace, pod.name)?.spec.nodeName ?? '';
    this.seen.add(this.truth.isTaken(node) ? 'deleted with its node' : 'deleted past its budget');
    this.check(() => checkDeletion(pod, senderHasSlept, this.truth));
  }

  private instanceChanged({ from, instance }: InstanceChange): void {
    const { id, tags, state } = instance;
    if (from === null) {
      this.story.tell(`EC2 launches ${short(id)} for ${tags[TAGS.operation] ?? 'people'}`);
      const operation = tags[TAGS.operation];
      if (operation === undefined) return;
      this.check(() => checkLaunch(instance, this.senderHasSlept(operation), this.truth));
      return;
    }
    if (state !== 'shutting-down') return;
    const taken = instance.stateReason?.code.startsWith('Server.') ?? false;
    const by = taken ? ' by EC2' : this.byHand ? ' by a person' : '';
    this.story.tell(`${short(id)} is terminated${by}`);
    if (by === '') this.check(() => checkTermination(id, this.truth));
    else this.truth.lastLossAt = this.truth.now;
  }

  private nodeChanged(before: KubeNode | null, after: KubeNode | null): void {
    if (before === null && after !== null) this.joined(after);
    if (after !== null && isReady(after)) this.truth.everReady.add(after.metadata.name);
    if (before === null) return;
    if (after === null) this.story.tell(`Node ${short(before.metadata.name)} is deleted`);
    else this.noteMark(before, after);
    this.noteLoss(before, after);
  }

  /** A node that was there before and joins anew comes without its cordon: a person has deleted its Node. */
  private joined({ metadata: { name } }: KubeNode): void {
    this.story.tell(`${short(name)} joins`);
    if (this.truth.everReady.has(name)) this.truth.lastUncordonAt = this.truth.now;
  }

  /** What goes out of service by itself, by people or because EC2 takes it is not our doing. */
  private noteLoss(before: KubeNode, after: KubeNode | null): void {
    const { truth } = this;
    if (!isInService(before) || (after !== null && isInService(after))) return;
    if (!this.isChosen(before, after) && !truth.endedByUs.has(before.metadata.name)) truth.lastLossAt = truth.now;
  }

  private isChosen(before: KubeNode, after: KubeNode | null): boolean {
    if (after === null || markOf(before) !== null) return false;
    const marking = this.truth.operations.get(markOf(after) ?? '')?.latest;
    return marking?.kind === 'scale-down' && marking.forced !== true;
  }

  private noteMark(before: KubeNode, after: KubeNode): void {
    const [old, mark] = [markOf(before), markOf(after)];
    if (old === mark) return;
    this.story.tell(`${short(after.metadata.name)} ${mark ? `is marked for ${mark}` : `loses the mark of ${old}`}`);
    if (mark !== null) this.check(() => checkMark(after, mark, this.somebodySlept, this.truth));
  }
}

function isInService(node: KubeNode): boolean {
  return isReady(node) && node.spec.unschedulable !== true;
}

function wording(operation: Operation): string {
  const { id, trigger } = operation;
  const why = `(${trigger.alert} asks for ${trigger.nodes ?? 'a step'}, have ${trigger.have}${trigger.urgent ? ', urgent' : ''})`;
  return operation.kind === 'scale-up' ? `${id}: launch ${operation.planned} ${why}` : `${id}: give back one ${why}`;
}

export function short(instance: string): string {
  return instance.length > 9 ? `i-..${instance.slice(-5)}` : instance;
}
