import type { KubePod } from '../../../simulator/kubernetes/objects';
import type { PodTemplate } from '../../../simulator/kubernetes/pod-template';
import type { WorkloadSpec } from '../../../simulator/kubernetes/workload';
import type { World } from '../../../simulator/world';
import type { Manifest, PodSpec } from '../../k3s/support/manifests';
import type { Program, ServerPod } from './server-pod';

const NAMESPACE = 'monitoring';
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const NAME = 'app.kubernetes.io/name';

export interface PlacedPod {
  /** Of its Deployment. */
  readonly name: string;
  readonly uid: string;
  readonly runs: boolean;
  readonly onServer: boolean;
}

/** Deployments and DaemonSets, as the controllers and the scheduler of the simulated cluster take them. */
export function workloadsOf(manifests: readonly Manifest[]): readonly WorkloadSpec[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    if (!spec?.template || (kind !== 'Deployment' && kind !== 'DaemonSet')) return [];
    const { replicas = 1, template } = spec;
    const pod = { ...placementOf(template.spec), labels: template.metadata?.labels ?? {} };
    return { name: metadata.name, namespace: NAMESPACE, kind, replicas: Number(replicas), pod };
  });
}

function placementOf({ containers, nodeSelector, tolerations, priorityClassName, volumes = [] }: PodSpec): PodTemplate {
  return {
    requests: sumOf(containers.map(({ resources }) => resources?.requests ?? {})),
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(priorityClassName && { priorityClassName }),
    volumes: volumes.map((volume) => ({ ...volume })),
  };
}

/** The manifests count in thousandths of a core and in MiB. */
function sumOf(requests: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const sum = (resource: string, unit: string) => {
    const amounts = requests.map((it) => it[resource] ?? `0${unit}`);
    if (!amounts.every((it) => it.endsWith(unit))) throw new Error(`${amounts.join()} is not in ${unit}`);
    return `${amounts.reduce((total, it) => total + Number.parseInt(it), 0)}${unit}`;
  };
  return { cpu: sum('cpu', 'm'), memory: sum('memory', 'Mi') };
}

/**
 * The kubelet of the server for the pods of the monitoring: where the simulated scheduler has put one there, its containers
 * run as processes, and when it is evicted they end. On a worker they would not start: the folders that they keep their data
 * in are on the server. Of the exporters, which the simulator plays, kube-state-metrics answers while its pod runs anywhere.
 */
export class ServerKubelet {
  private work: Promise<void> = Promise.resolve();
  private readonly failures: unknown[] = [];

  constructor(
    private readonly world: World,
    private readonly pods: Readonly<Record<Program, ServerPod>>,
  ) {
    world.exporters.setKubeStateMetrics(false);
    world.cluster.world.store.pods.onChange((before, after) => {
      const pod = after ?? before;
      if (pod?.metadata.namespace !== NAMESPACE || runs(before) === runs(after)) return;
      this.work = this.work.then(() => this.become(pod, runs(after))).catch((error) => void this.failures.push(error));
    });
  }

  /** Pods of Deployments that the manifests bring. */
  placed(): readonly PlacedPod[] {
    const all = this.world.cluster.pods().filter(({ metadata }) => metadata.namespace === NAMESPACE);
    return all
      .filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'ReplicaSet')
      .map((pod) => ({
        name: pod.metadata.labels?.[NAME] ?? '',
        uid: pod.metadata.uid,
        runs: runs(pod),
        onServer: this.isServer(pod.spec.nodeName),
      }));
  }

  private isServer(node: string | undefined): boolean {
    return this.world.cluster.node(node ?? '')?.metadata.labels?.[CONTROL_PLANE] === 'true';
  }

  /** Resolves when every process is as its pod is; rejects if one of them did not start. */
  async settled(): Promise<void> {
    await this.work;
    if (this.failures.length > 0) throw new AggregateError(this.failures, String(this.failures[0]));
  }

  /** Every pod sees ConfigMaps and Secrets as they are now, or that one does. */
  refresh(name?: Program): void {
    for (const [program, pod] of Object.entries(this.pods)) if (!name || name === program) pod.refresh();
  }

  async stop(): Promise<void> {
    await this.work;
    await Promise.all(Object.values(this.pods).map((pod) => pod.stop()));
  }

  private async become(pod: KubePod, running: boolean): Promise<void> {
    const name = pod.metadata.labels?.[NAME] ?? '';
    if (name === 'kube-state-metrics') this.world.exporters.setKubeStateMetrics(running);
    if (name !== 'prometheus' && name !== 'alertmanager') return;
    if (!running) await this.pods[name].stop();
    else if (this.isServer(pod.spec.nodeName)) await this.pods[name].start();
  }
}

function runs(pod: KubePod | null): boolean {
  return pod?.status.phase === 'Running' && pod.metadata.deletionTimestamp === undefined;
}
