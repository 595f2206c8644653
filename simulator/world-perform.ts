import type { Ec2Cloud } from './ec2/ec2-cloud';
import type { ExporterSwitches } from './exporter-switches';
import type { Joining } from './joining';
import { deletePod } from './kubernetes/delete-pod';
import type { KubeCluster } from './kubernetes/kube-cluster';
import { keyOf } from './kubernetes/table';
import type { WorldAction, WorldActionKind } from './world-action';
import type { WorldSettings } from './world-settings';
import type { Workloads } from './workload/workloads';
import { workloadKey } from './workload/machine-use';

/** An action names something that is not there. */
export class NoSuchThing extends Error {
  constructor(kind: string, name: string) {
    super(`no ${kind} ${name}`);
    this.name = 'NoSuchThing';
  }
}

/** What of a world an action can change. */
interface World {
  readonly cloud: Ec2Cloud;
  readonly cluster: KubeCluster;
  readonly joining: Joining;
  readonly exporters: ExporterSwitches;
  readonly workloads: Workloads;
  readonly settings: WorldSettings;
  now(): number;
}

type Of<Kind extends WorldActionKind> = Extract<WorldAction, { readonly kind: Kind }>;
type Named = { readonly namespace: string; readonly name: string };

const DOES: { readonly [Kind in WorldActionKind]: (world: World, action: Of<Kind>) => void } = {
  'kill-instance': ({ cloud }, { instance, reason }) =>
    cloud.terminateByHand(instance, reason === undefined ? undefined : { code: reason, message: reason }),
  notify: announce,
  cordon: (world, { node }) => world.cluster.cordonByHand(knownNode(world, node)),
  uncordon: (world, { node }) => world.cluster.uncordonByHand(knownNode(world, node)),
  capacity: ({ cloud }, action) => cloud.setCapacity(action, action.free, action.code),
  'never-joins': ({ joining }, action) => joining.neverJoin(action),
  exporter: switchExporter,
  kubelet: (world, { node, hung }) =>
    hung ? world.cluster.hangKubelet(knownNode(world, node)) : world.cluster.resumeKubelet(knownNode(world, node)),
  'slow-kubelet': (world, { node, seconds }) => world.cluster.slowKubelet(knownNode(world, node), seconds * 1000),
  'hold-volumes': (world, { node, held }) =>
    held ? world.cluster.holdVolumes(knownNode(world, node)) : world.cluster.releaseVolumes(knownNode(world, node)),
  'touch-node': (world, { node, times }) => world.cluster.troubles.touchNode(knownNode(world, node), times),
  'eviction-webhook': ({ cluster }, { up }) => {
    cluster.troubles.evictionWebhookDown = !up;
  },
  'turn-away': ({ cluster }, { calls, seconds }) => cluster.troubles.turnAway(calls, /^/, seconds),
  'delete-namespace': ({ cluster }, { namespace }) => {
    known('namespace', cluster.world.store.namespaces.get(namespace), namespace);
    cluster.deleteNamespace(namespace);
  },
  'finalize-pod': (world, pod) => {
    knownPod(world, pod);
    world.cluster.finalizePod(pod.name, pod.namespace);
  },
  'delete-pod': (world, pod) => void deletePod(world.cluster.world, knownPod(world, pod)),
  budget: setBudget,
  'delete-budget': ({ cluster }, budget) => {
    known('budget', cluster.world.store.poddisruptionbudgets.get(keyOf(budget)), keyOf(budget));
    cluster.deleteBudget(budget.name, budget.namespace);
  },
  'workload-scale': ({ workloads }, action) =>
    knownWorkload(action, workloads.setReplicas(workloadKey(action), action.replicas)),
  demand: ({ workloads }, action) =>
    knownWorkload(action, workloads.setDemand(workloadKey(action), action.resource, action.total)),
};

/** Does it. Throws NoSuchThing, and Ec2Error for an instance that EC2 does not know. */
export function perform(world: World, action: WorldAction): void {
  // A kind picks the function that takes actions of that kind; the compiler cannot follow the pair.
  (DOES[action.kind] as (world: World, action: WorldAction) => void)(world, action);
}

/** A recommendation is of now. */
function announce(world: World, { instance, notice, seconds }: Of<'notify'>): void {
  const now = world.now();
  if (notice === 'withdrawn') return world.cloud.notify(instance, null);
  const at = notice === 'rebalance' ? now : now + (seconds * 1000) / world.settings.timeScale;
  world.cloud.notify(instance, { kind: notice, at });
}

function switchExporter(world: World, { exporter, node, up }: Of<'exporter'>): void {
  if (exporter === 'kube-state-metrics') world.exporters.setKubeStateMetrics(up);
  else world.exporters.setNodeExporter(up, node === undefined ? undefined : knownNode(world, node));
}

function setBudget({ cluster }: World, { namespace, name, app = name, minAvailable, maxUnavailable }: Of<'budget'>) {
  cluster.deleteBudget(name, namespace);
  cluster.createBudget({
    namespace,
    name,
    matchLabels: { app },
    ...(minAvailable !== undefined && { minAvailable }),
    ...(maxUnavailable !== undefined && { maxUnavailable }),
  });
}

function knownNode(world: World, name: string): string {
  known('node', world.cluster.node(name), name);
  return name;
}

function knownPod({ cluster }: World, pod: Named) {
  return known('pod', cluster.world.store.pods.get(keyOf(pod)), keyOf(pod));
}

function knownWorkload(workload: Named, found: boolean): void {
  if (!found) throw new NoSuchThing('workload', workloadKey(workload));
}

function known<T>(kind: string, found: T | undefined, name: string): T {
  if (found === undefined) throw new NoSuchThing(kind, name);
  return found;
}
