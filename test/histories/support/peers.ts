import type { Ec2Cloud } from '../../../simulator/ec2/ec2-cloud';
import type { World } from '../../../simulator/world';
import type { AlertmanagerPort, Ec2Port, KubernetesPort, StorePort } from '../../../webhook/ports';
import type { FakeAlertmanager } from '../../fakes/fake-alertmanager';
import type { Ledger, StoreWitness } from './ledger';
import type { Process } from './process';

/** Clients of one process: its way to everything that it depends on. */
export interface Connections {
  /** Under the eyes of the witness. */
  readonly store: StorePort;
  readonly ec2: Ec2Port;
  readonly kubernetes: KubernetesPort;
  readonly alertmanager: AlertmanagerPort;
}

/** What all processes of a history depend on, and how it is reached: as functions of one process, or over HTTP. */
export interface Peers {
  readonly ledger: Ledger;
  start(): Promise<void>;
  stop(): Promise<void>;
  connect(): Connections;
  /** The process is dead: nothing of it listens or is under way any more. */
  disconnect(process: Process): void;
  /** POST /alerts. Resolves when it is answered with a success; rejects when whoever posts has to try again. */
  post(process: Process, payload: object): Promise<void>;
  storeAway(away: boolean): void;
  kubernetesAway(away: boolean): void;
  /** The next write is applied, and its answer lost. */
  loseStoreReply(): void;
  /** Everything that can go on without time passing has gone on. */
  settled(): Promise<void>;
}

export interface PeersDeps {
  readonly world: World;
  readonly cloud: Ec2Cloud;
  readonly alertmanager: FakeAlertmanager;
  readonly witness: StoreWitness;
}

export interface MakePeers {
  readonly make: (deps: PeersDeps) => Peers;
  /** Environment variable with the seed that is to be played again. */
  readonly seedVariable: string;
}
