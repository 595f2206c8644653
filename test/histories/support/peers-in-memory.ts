import { MemoryStore } from '../../../webhook/adapters/memory-store';
import { parsePayload } from '../../../webhook/alertmanager/payload';
import { SmartScaleError } from '../../../webhook/errors';
import { FakeEc2 } from '../../fakes/fake-ec2';
import { WorldKubernetes } from '../../scenarios/support/world-kubernetes';
import { Ledger } from './ledger';
import type { Connections, Peers, PeersDeps } from './peers';
import type { Process } from './process';
import { settled } from './virtual-clock';

/** Everything is a function in this process: ten thousand histories take minutes. */
export class PeersInMemory implements Peers {
  readonly ledger: Ledger;
  private readonly store = new MemoryStore();
  private readonly connections: Connections;
  private readonly kubernetes: WorldKubernetes;

  constructor({ world, cloud, alertmanager, witness }: PeersDeps) {
    this.ledger = new Ledger(this.store, witness);
    this.kubernetes = new WorldKubernetes(world);
    const store = this.ledger.witnessed(this.store);
    this.connections = { store, ec2: new FakeEc2(cloud), kubernetes: this.kubernetes, alertmanager };
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  connect(): Connections {
    return this.connections;
  }

  disconnect(): void {
    // A dead process calls nobody any more, see Life.
  }

  async post({ service }: Process, payload: object): Promise<void> {
    await service.http.receive(parsePayload(payload), null);
  }

  storeAway(away: boolean): void {
    this.store.failWith(away ? new SmartScaleError('store-unreachable', 'the table does not answer') : null);
  }

  kubernetesAway(away: boolean): void {
    this.kubernetes.unreachable = away;
  }

  loseStoreReply(): void {
    this.store.loseNextReply();
  }

  settled(): Promise<void> {
    return settled();
  }
}
