import { createTable, type EmbeddedDynamoDb } from '../../../../simulator/dynamodb';
import { startEc2Server } from '../../../../simulator/ec2/http/server';
import { KubeApi } from '../../../../simulator/kubernetes/api/kube-api';
import { startKubeServer } from '../../../../simulator/kubernetes/api/http-server';
import type { LoopbackServer } from '../../../../simulator/loopback-server';
import { makeAlertmanagerAdapter } from '../../../../webhook/adapters/alertmanager/alertmanager-adapter';
import { makeDynamoClient } from '../../../../webhook/adapters/dynamodb/client';
import { DynamoStore } from '../../../../webhook/adapters/dynamodb/dynamo-store';
import { Ec2Adapter } from '../../../../webhook/adapters/ec2/ec2-adapter';
import { makeEc2Client } from '../../../../webhook/adapters/ec2/ec2-client';
import { makeKubernetesAdapter } from '../../../../webhook/adapters/kubernetes/kubernetes-adapter';
import { Ledger } from '../ledger';
import type { Connections, Peers, PeersDeps } from '../peers';
import type { Process } from '../process';
import { serveAlertmanager } from './alertmanager-server';
import { Receiver } from './receiver';
import { openStoreDoor, type StoreDoor } from './store-door';
import { Turns } from './turns';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

interface Servers {
  readonly ec2: Pick<LoopbackServer, 'url' | 'close'>;
  readonly kubernetes: Pick<LoopbackServer, 'url' | 'close'>;
  readonly alertmanagers: readonly LoopbackServer[];
  readonly store: StoreDoor;
}

let tables = 0;

/** Every process has its real adapters and its real Express application, and all of them talk over loopback. */
export class PeersOverHttp implements Peers {
  readonly ledger: Ledger;
  private readonly turns = new Turns();
  private readonly table = `history-${(tables += 1)}`;
  private readonly api: KubeApi;
  private readonly clients: { destroy(): void }[] = [];
  private readonly receivers = new Map<Process, Receiver>();
  private servers: Servers | null = null;

  constructor(
    private readonly deps: PeersDeps,
    private readonly database: EmbeddedDynamoDb,
  ) {
    this.api = new KubeApi(deps.world.cluster);
    this.ledger = new Ledger(this.storeAt(database.endpoint), deps.witness);
  }

  /** Each history has a table of its own. */
  static on(database: EmbeddedDynamoDb): (deps: PeersDeps) => PeersOverHttp {
    return (deps) => new PeersOverHttp(deps, database);
  }

  async start(): Promise<void> {
    const { cloud, alertmanager } = this.deps;
    await createTable(this.database.endpoint, this.table);
    const [store, ec2, kubernetes, ...alertmanagers] = await Promise.all([
      openStoreDoor(this.database.handle),
      startEc2Server(cloud),
      startKubeServer(this.api),
      ...alertmanager.members.map(serveAlertmanager),
    ]);
    this.servers = { store, ec2, kubernetes, alertmanagers };
  }

  async stop(): Promise<void> {
    const { store, ec2, kubernetes, alertmanagers } = this.running;
    await this.turns.settled();
    for (const client of this.clients) client.destroy();
    await Promise.all([store, ec2, kubernetes, ...alertmanagers].map((server) => server.close()));
  }

  connect(): Connections {
    const { store, ec2, kubernetes, alertmanagers } = this.running;
    // Two tries: one is the SDK's own, more would only cost real time.
    const client = makeEc2Client({ region: 'eu-central-1', endpoint: ec2.url, credentials, maxAttempts: 2 });
    this.clients.push(client);
    return {
      store: this.turns.of(this.ledger.witnessed(this.storeAt(store.endpoint))),
      ec2: this.turns.of(new Ec2Adapter(client)),
      kubernetes: this.turns.of(makeKubernetesAdapter({ server: kubernetes.url })),
      alertmanager: this.turns.of(makeAlertmanagerAdapter({ urls: alertmanagers.map(({ url }) => url) })),
    };
  }

  disconnect(process: Process): void {
    const receiver = this.receivers.get(process);
    this.receivers.delete(process);
    if (receiver) void this.turns.hold(receiver.close());
  }

  post(process: Process, payload: object): Promise<void> {
    const receiver = this.receivers.get(process) ?? new Receiver(process.service.http, this.turns);
    this.receivers.set(process, receiver);
    return receiver.post(payload);
  }

  storeAway(away: boolean): void {
    this.running.store.setAway(away);
  }

  kubernetesAway(away: boolean): void {
    this.api.gate.unreachable = away;
  }

  loseStoreReply(): void {
    this.running.store.loseReply();
  }

  settled(): Promise<void> {
    return this.turns.settled();
  }

  private get running(): Servers {
    if (this.servers === null) throw new Error('the servers of this history have not been started');
    return this.servers;
  }

  private storeAt(endpoint: string): DynamoStore {
    const client = makeDynamoClient({ region: 'local', endpoint, credentials });
    this.clients.push(client);
    return new DynamoStore(client, this.table);
  }
}
