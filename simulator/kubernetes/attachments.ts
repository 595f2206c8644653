import type { KubePod, KubeVolume, KubeVolumeAttachment } from './objects';
import { isCompleted } from './conditions';
import type { KubeStore } from './kube-store';
import type { KubeWorld } from './kube-world';
import type { Draft } from './table';
import { claimsOf, newAttachment } from './volumes';

/** Sources of a volume that no driver attaches to a machine. */
const NOT_ATTACHED = ['local', 'hostPath', 'nfs'] as const;
const DEFAULT_DRIVER = 'ebs.csi.aws.com';

/**
 * The attach-detach controller: a volume is attached to the node of its pods as soon as one is bound there, and detached a
 * while after the last of them is gone; much later when nobody on the node says that it is unmounted.
 */
export class Attachments {
  private readonly dirty = new Set<string>();
  private readonly held = new Set<string>();

  constructor(
    private readonly world: KubeWorld,
    private readonly kubeletWorks: (node: string) => boolean,
  ) {
    const { pods, persistentvolumes, persistentvolumeclaims } = world.store;
    pods.onChange((before, after) => {
      for (const pod of [before, after]) if (pod && claimsOf(pod).length > 0) this.look(pod.spec.nodeName);
    });
    for (const table of [persistentvolumes, persistentvolumeclaims]) table.onChange(() => this.lookEverywhere());
  }

  /** The volumes of the node stay attached, whatever its pods do. */
  hold(node: string): void {
    this.held.add(node);
  }

  release(node: string): void {
    this.held.delete(node);
    this.world.store.touch();
    this.look(node);
  }

  reconcile(): void {
    for (const node of this.dirty) {
      this.dirty.delete(node);
      this.sync(node);
    }
  }

  private look(node: string | undefined): void {
    if (node !== undefined) this.dirty.add(node);
  }

  private lookEverywhere(): void {
    for (const { metadata } of this.world.store.nodes.values()) this.look(metadata.name);
  }

  private sync(node: string): void {
    const wanted = this.wanted(node);
    const present = this.of(node);
    for (const volume of wanted.values()) {
      const isThere = present.some(({ spec }) => spec.source.persistentVolumeName === volume.metadata.name);
      if (!isThere) this.world.store.volumeattachments.insert(attachmentOf(volume, node));
    }
    for (const attachment of present) {
      if (!wanted.has(attachment.spec.source.persistentVolumeName)) this.planDetachment(attachment);
    }
  }

  private of(node: string): readonly KubeVolumeAttachment[] {
    return this.world.store.volumeattachments.list().filter(({ spec }) => spec.nodeName === node);
  }

  private wanted(node: string): ReadonlyMap<string, KubeVolume> {
    const pods = this.world.store.podsOfNode.of(node).filter((pod) => !isCompleted(pod));
    const volumes = pods.flatMap((pod) => attachable(pod, this.world.store));
    return new Map(volumes.map((volume) => [volume.metadata.name, volume]));
  }

  private planDetachment(attachment: KubeVolumeAttachment): void {
    const { nodeName, source } = attachment.spec;
    const { detachMs, forceDetachMs } = this.world.settings;
    const delay = this.kubeletWorks(nodeName) ? detachMs : forceDetachMs;
    this.world.after(delay, () => {
      const { name, uid } = attachment.metadata;
      if (this.world.store.volumeattachments.get(name)?.metadata.uid !== uid || this.held.has(nodeName)) return;
      if (!this.wanted(nodeName).has(source.persistentVolumeName)) this.world.store.volumeattachments.remove(name);
    });
  }
}

function attachable(pod: KubePod, store: KubeStore): readonly KubeVolume[] {
  return claimsOf(pod).flatMap((claimName) => {
    const claim = store.persistentvolumeclaims.get(`${pod.metadata.namespace}/${claimName}`);
    const volume = store.persistentvolumes.get(claim?.spec.volumeName ?? '');
    return volume && NOT_ATTACHED.every((source) => volume.spec[source] === undefined) ? [volume] : [];
  });
}

function attachmentOf({ metadata: { name }, spec }: KubeVolume, nodeName: string): Draft<KubeVolumeAttachment> {
  const attacher = spec.csi?.driver ?? DEFAULT_DRIVER;
  return newAttachment(`csi-${name}-${nodeName}`, { attacher, nodeName, source: { persistentVolumeName: name } });
}
