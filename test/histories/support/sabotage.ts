import type { Ec2Port, KubernetesPort, StorePort } from '../../../webhook/ports';
import type { PoolPolicy } from '../../../webhook/model/pool';
import type { Setting } from './setting';
import type { Ledger } from './ledger';

/** Takes a safety rule away: what a process is given instead of the honest thing. */
export interface Sabotage {
  /** For the history and whoever judges it. */
  readonly setting?: (setting: Setting) => Setting;
  /** For the processes alone: they are told something else than what holds. */
  readonly policy?: (policy: PoolPolicy) => PoolPolicy;
  readonly store?: (store: StorePort, owner: string, ledger: Ledger) => StorePort;
  readonly ec2?: (ec2: Ec2Port) => Ec2Port;
  readonly kubernetes?: (kubernetes: KubernetesPort, ledger: Ledger) => KubernetesPort;
}
