import type { KubeTaint } from './objects';

/** What a machine tells the API server about itself when its kubelet starts. */
export interface NodeRegistration {
  readonly name: string;
  readonly instanceId: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly KubeTaint[];
  /** As Kubernetes writes quantities: cpu, memory, pods. */
  readonly allocatable: Readonly<Record<string, string>>;
  /** The allocatable when absent. */
  readonly capacity?: Readonly<Record<string, string>>;
}

/** joining: registered, not Ready yet. hung: sends nothing, starts and ends nothing, may come back. gone: never again. */
export type KubeletState = 'joining' | 'ready' | 'hung' | 'gone';

export interface Kubelet {
  readonly registration: NodeRegistration;
  state: KubeletState;
  /** What it needs to end a pod beyond what the pod needs, milliseconds of a real cluster: cgroups, unmounting. */
  slowMs: number;
}
