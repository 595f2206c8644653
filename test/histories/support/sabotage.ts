import type { Ec2Port, KubernetesPort, StorePort } from '../../../webhook/ports';
import type { Setting } from './setting';
import type { WitnessedStore } from './witnessed-store';

/** Takes a safety rule away: what a process is given instead of the honest thing. */
export interface Sabotage {
  readonly setting?: (setting: Setting) => Setting;
  readonly store?: (store: WitnessedStore, owner: string) => StorePort;
  readonly ec2?: (ec2: Ec2Port) => Ec2Port;
  readonly kubernetes?: (kubernetes: KubernetesPort, store: WitnessedStore) => KubernetesPort;
}
