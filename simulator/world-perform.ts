import type { World } from './world';
import type { WorldAction } from './world-action';
import { workloadKey } from './workload/machine-use';

/** An action names a node or a workload that is not there. */
export class NoSuchThing extends Error {
  constructor(kind: string, name: string) {
    super(`no ${kind} ${name}`);
    this.name = 'NoSuchThing';
  }
}

/** Does it. Throws NoSuchThing, and Ec2Error for an instance that EC2 does not know. */
export function perform(world: World, action: WorldAction): void {
  switch (action.kind) {
    case 'kill-instance':
      return killInstance(world, action);
    case 'notify':
      return announce(world, action);
    case 'cordon':
      return world.cluster.cordonByHand(knownNode(world, action.node));
    case 'uncordon':
      return world.cluster.uncordonByHand(knownNode(world, action.node));
    case 'capacity':
      return world.cloud.setCapacity(action, action.free, action.code);
    case 'never-joins':
      return world.joining.neverJoin(action);
    case 'exporter':
      return switchExporter(world, action);
    case 'workload-scale':
      return knownWorkload(action, world.workloads.setReplicas(workloadKey(action), action.replicas));
    case 'demand':
      return knownWorkload(action, world.workloads.setDemand(workloadKey(action), action.resource, action.total));
  }
}

function killInstance({ cloud }: World, { instance, reason }: Extract<WorldAction, { kind: 'kill-instance' }>): void {
  cloud.terminateByHand(instance, reason === undefined ? undefined : { code: reason, message: reason });
}

/** A recommendation is of now. */
function announce(world: World, { instance, notice, seconds }: Extract<WorldAction, { kind: 'notify' }>): void {
  const now = world.now();
  if (notice === 'withdrawn') return world.cloud.notify(instance, null);
  const at = notice === 'rebalance' ? now : now + (seconds * 1000) / world.settings.timeScale;
  world.cloud.notify(instance, { kind: notice, at });
}

function switchExporter(world: World, { exporter, node, up }: Extract<WorldAction, { kind: 'exporter' }>): void {
  if (exporter === 'kube-state-metrics') world.exporters.setKubeStateMetrics(up);
  else world.exporters.setNodeExporter(up, node === undefined ? undefined : knownNode(world, node));
}

function knownNode(world: World, name: string): string {
  if (world.cluster.node(name) === undefined) throw new NoSuchThing('node', name);
  return name;
}

function knownWorkload(workload: { readonly namespace: string; readonly name: string }, found: boolean): void {
  if (!found) throw new NoSuchThing('workload', workloadKey(workload));
}
