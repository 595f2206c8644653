import type { NodeRegistration } from '../../../simulator/kubernetes/kubelet';
import { KubeCluster } from '../../../simulator/kubernetes/kube-cluster';
import type { KubePod } from '../../../simulator/kubernetes/objects';
import type { KubeSettings } from '../../../simulator/kubernetes/settings';
import { seededRandom } from '../../../simulator/random';

export class TestClock {
  private time = Date.parse('2026-01-01T00:00:00Z');

  now(): number {
    return this.time;
  }

  advance(seconds: number): void {
    this.time += seconds * 1000;
  }
}

/** A cluster, its clock, and verbs that tests read well with. */
export class TestCluster extends KubeCluster {
  constructor(
    readonly clock: TestClock,
    settings: Partial<KubeSettings> = {},
    seed = 7,
  ) {
    super({ clock, random: seededRandom(seed), settings });
  }

  /** Lets the seconds pass, all at once. */
  pass(seconds: number): void {
    this.clock.advance(seconds);
    this.tick();
  }

  addNode(name: string, overrides: Partial<NodeRegistration> = {}): void {
    this.registerNode({
      name,
      instanceId: `i-${name}`,
      zone: 'eu-central-1a',
      instanceType: 'm6i.large',
      allocatable: { cpu: '2', memory: '8Gi', pods: '110' },
      ...overrides,
    });
  }

  /** Registered and Ready. */
  addReadyNodes(...names: string[]): void {
    for (const name of names) this.addNode(name);
    this.pass(10);
  }

  podsOf(workload: string): readonly KubePod[] {
    return this.pods().filter(({ metadata }) => metadata.labels?.['app'] === workload);
  }

  onlyPodOf(workload: string): KubePod {
    const [pod, ...others] = this.podsOf(workload);
    if (pod === undefined || others.length > 0) throw new Error(`not one pod of ${workload} but ${others.length + 1}`);
    return pod;
  }
}

export function makeCluster(settings: Partial<KubeSettings> = {}, seed = 7): TestCluster {
  return new TestCluster(new TestClock(), settings, seed);
}
