/** What gets in the way of a drain: in the cluster, on its nodes, at its API server. */
import type { KubePod } from '../../../simulator/kubernetes/objects';
import { newClaim, newVolume } from '../../../simulator/kubernetes/volumes';
import { LABELS } from '../../../webhook/model/names';
import { KEY } from '../../support/builders';
import type { History } from '../support/history';
import { markOf } from '../support/truth';
import { short } from '../support/witness';
import type { Mend } from './trouble';

const FINALIZER = 'example.com/guard';
const ON_POOL = { [LABELS.pool]: KEY.pool };

/** Ended pods that somebody holds on to. */
export function heldPods(history: History): Mend {
  const { cluster } = history.world;
  const name = newName(history, 'held');
  history.tell(`a person starts ${name}, whose pods a finalizer holds`);
  const pod = { requests: { cpu: '100m' }, labels: ON_POOL, nodeSelector: ON_POOL, finalizers: [FINALIZER] };
  cluster.createWorkload({ name, namespace: 'default', kind: 'Deployment', replicas: 2, pod });
  return () => {
    cluster.deleteWorkload(name);
    letGo(history, ({ metadata }) => metadata.labels?.['app'] === name);
  };
}

/** Pods that come back under their names, with volumes that are attached. */
export function database(history: History): Mend {
  const { cluster } = history.world;
  const name = newName(history, 'db');
  const replicas = history.draw.between(1, 3);
  history.tell(`a person starts the StatefulSet ${name} of ${replicas}`);
  const { persistentvolumes, persistentvolumeclaims } = cluster.world.store;
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const claim = `data-${name}-${ordinal}`;
    persistentvolumes.insert(newVolume({ name: claim }, { csi: { driver: 'ebs.csi.aws.com', volumeHandle: claim } }));
    persistentvolumeclaims.insert(newClaim({ name: claim, namespace: 'default' }, { volumeName: claim }));
  }
  const pod = { requests: { cpu: '100m' }, labels: ON_POOL, nodeSelector: ON_POOL };
  const claimTemplates = ['data'];
  cluster.createWorkload({ name, namespace: 'default', kind: 'StatefulSet', replicas, pod, claimTemplates });
  return () => cluster.deleteWorkload(name);
}

/** Its pods end for minutes, and are not evicted meanwhile: 403. */
export function namespaceGoes(history: History): Mend {
  const { cluster } = history.world;
  const name = newName(history, 'side');
  const finalizers = history.draw.chance(0.3) ? { finalizers: [FINALIZER] } : {};
  const pod = { requests: { cpu: '100m' }, labels: ON_POOL, nodeSelector: ON_POOL, stopSeconds: 90, graceSeconds: 120 };
  cluster.createWorkload({ name, namespace: name, kind: 'Deployment', replicas: 2, pod: { ...pod, ...finalizers } });
  void history.clock.sleep(history.draw.between(5, 90) * 1000).then(() => {
    if (history.calm || cluster.world.store.namespaces.get(name)?.status.phase !== 'Active') return;
    history.tell(`a person deletes namespace ${name}`);
    cluster.deleteNamespace(name);
  });
  return () => {
    if (cluster.world.store.namespaces.get(name)?.status.phase === 'Active') cluster.deleteNamespace(name);
    letGo(history, ({ metadata }) => metadata.namespace === name);
  };
}

/** Beside another one, or alone: some of them let pods go. */
export function otherBudget(history: History): Mend {
  const { cluster } = history.world;
  const name = newName(history, 'budget');
  const spec = history.draw.oneOf([
    { maxUnavailable: 0 },
    { maxUnavailable: 1 },
    { minAvailable: 2 },
    { maxUnavailable: '50%' },
    { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' as const },
  ]);
  history.tell(`a person creates ${name} for the shop: ${JSON.stringify(spec)}`);
  cluster.createBudget({ name, namespace: 'default', matchLabels: { app: 'shop' }, ...spec });
  return () => cluster.deleteBudget(name);
}

export function slowKubelet(history: History): Mend | null {
  const name = someNode(history);
  if (name === null) return null;
  const seconds = history.draw.oneOf([20, 60, 300]);
  history.tell(`the kubelet of ${short(name)} ends pods ${seconds} s late`);
  history.world.cluster.slowKubelet(name, seconds * 1000);
  return () => history.world.cluster.slowKubelet(name, 0);
}

export function otherWriter(history: History): Mend | null {
  const name = someNode(history);
  if (name === null) return null;
  const times = history.draw.between(1, 4);
  history.tell(`somebody else writes to ${short(name)} before the next ${times} patches`);
  history.world.cluster.troubles.touchNode(name, times);
  return null;
}

export function heldVolumes(history: History): Mend | null {
  const name = someNode(history);
  if (name === null) return null;
  history.tell(`the volumes of ${short(name)} are not detached`);
  history.world.cluster.holdVolumes(name);
  return () => history.world.cluster.releaseVolumes(name);
}

export function webhookDown(history: History): Mend {
  const { troubles } = history.world.cluster;
  history.tell('the admission webhook of evictions does not answer');
  troubles.evictionWebhookDown = true;
  return () => {
    troubles.evictionWebhookDown = false;
  };
}

export function flowControl(history: History): null {
  const calls = history.draw.between(1, 10);
  history.tell(`flow control turns the next ${calls} evictions away`);
  history.world.cluster.troubles.turnAway(calls, /^POST .*\/eviction/);
  return null;
}

function newName(history: History, what: string): string {
  return `${what}-${history.draw.between(0, 1e9)}`;
}

/** One that is being drained, where there is one. */
function someNode({ truth, draw, world }: History): string | null {
  const nodes = truth.nodes().filter(({ metadata }) => world.cluster.kubelet(metadata.name) !== undefined);
  const marked = nodes.filter((node) => markOf(node) !== null);
  const among = marked.length > 0 && draw.chance(0.7) ? marked : nodes;
  return draw.anyOf(among.map(({ metadata }) => metadata.name));
}

function letGo({ world: { cluster } }: History, which: (pod: KubePod) => boolean): void {
  for (const { metadata } of cluster.pods().filter(which)) cluster.finalizePod(metadata.name, metadata.namespace);
}
