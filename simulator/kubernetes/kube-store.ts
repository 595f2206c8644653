import { randomHex, type Random } from '../random';
import type {
  KubeClaim,
  KubeEvent,
  KubeNamespace,
  KubeNode,
  KubePod,
  KubePodDisruptionBudget,
  KubeVolume,
  KubeVolumeAttachment,
  ObjectOf,
  ResourceName,
} from './objects';
import { PodIndex } from './pod-index';
import { type Stamps, Table } from './table';

/** What etcd is to a cluster: all objects, one revision that counts every write, and the indexes over pods. */
export class KubeStore implements Stamps {
  readonly nodes: Table<KubeNode> = new Table(this);
  readonly pods: Table<KubePod> = new Table(this);
  readonly poddisruptionbudgets: Table<KubePodDisruptionBudget> = new Table(this);
  readonly events: Table<KubeEvent> = new Table(this);
  readonly namespaces: Table<KubeNamespace> = new Table(this);
  readonly persistentvolumeclaims: Table<KubeClaim> = new Table(this);
  readonly persistentvolumes: Table<KubeVolume> = new Table(this);
  readonly volumeattachments: Table<KubeVolumeAttachment> = new Table(this);

  readonly podsOfNode = new PodIndex(this.pods, (pod) => pod.spec.nodeName);
  readonly podsOfNamespace = new PodIndex(this.pods, (pod) => pod.metadata.namespace);
  /** By the uid of the controlling owner. */
  readonly podsOfOwner = new PodIndex(
    this.pods,
    (pod) => pod.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid,
  );

  private writes = 0;
  private changedAt: number;
  private stamped = { second: NaN, text: '' };

  constructor(
    private readonly random: Random,
    /** Epoch milliseconds. */
    private readonly now: () => number,
  ) {
    this.changedAt = now();
  }

  table<K extends ResourceName>(resource: K): Table<ObjectOf[K]> {
    // An indexed access over a generic key: the compiler cannot see that each field is the table of its own name.
    return this[resource] as unknown as Table<ObjectOf[K]>;
  }

  /** The resourceVersion of the last write. */
  get revision(): number {
    return this.writes;
  }

  /** Time of the last write or touch, epoch milliseconds. */
  get lastChangeAt(): number {
    return this.changedAt;
  }

  nextRevision(): string {
    this.writes += 1;
    this.touch();
    return String(this.writes);
  }

  /** Something that no object shows has changed, such as the number of replicas that a workload wants. */
  touch(): void {
    this.changedAt = this.now();
  }

  newUid(): string {
    return [8, 4, 4, 4, 12].map((digits) => randomHex(this.random, digits)).join('-');
  }

  timestamp(): string {
    const second = Math.floor(this.now() / 1000);
    if (second !== this.stamped.second) this.stamped = { second, text: rfc3339(second * 1000) };
    return this.stamped.text;
  }
}

/** To the second, as Kubernetes writes times. */
export function rfc3339(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
