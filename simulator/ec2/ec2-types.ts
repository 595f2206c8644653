/** What the simulated region is made of. Words and shapes are EC2's. */

export type CapacityType = 'spot' | 'on-demand';
export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated';
export type Tags = Readonly<Record<string, string>>;

export interface InstanceType {
  readonly name: string;
  readonly vcpu: number;
  readonly memoryMib: number;
  readonly arch: 'x86_64' | 'arm64';
  /** USD an hour. */
  readonly price: Readonly<Record<CapacityType, number>>;
  /** Where it is offered; everywhere when absent. */
  readonly zones?: readonly string[];
  /** Both when absent. */
  readonly capacityTypes?: readonly CapacityType[];
}

export interface Image {
  readonly id: string;
  readonly arch: InstanceType['arch'];
}

export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly zoneId: string;
  /** IPv4; EC2 keeps five addresses of each subnet for itself. */
  readonly cidr: string;
  /** `available` when absent. */
  readonly state?: 'available' | 'pending' | 'unavailable';
  readonly tags?: Tags;
}

export interface TemplateVersion {
  readonly number: number;
  readonly imageId: string;
  readonly instanceType?: string;
  readonly subnetId?: string;
  /** Base64, as EC2 stores it. */
  readonly userData?: string;
  readonly instanceTags?: Tags;
  readonly createdAt: number;
  /** What is stored and shown and does not change how the simulator launches. */
  readonly details?: TemplateDetails;
}

export interface TemplateDetails {
  readonly httpTokens?: 'required' | 'optional';
  readonly hopLimit?: number;
  readonly instanceProfile?: string;
  readonly marketType?: 'spot';
  readonly shutdownBehavior?: 'stop' | 'terminate';
  /** The root volume. */
  readonly encrypted?: boolean;
}

export interface LaunchTemplate {
  readonly id: string;
  readonly name: string;
  readonly defaultVersion: number;
  readonly versions: readonly TemplateVersion[];
}

/** An instance at one moment: a change makes a new value. Times are epoch milliseconds. */
export interface SimInstance {
  readonly id: string;
  /** Rises by one per launch: the order of lists and pages. */
  readonly sequence: number;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly type: string;
  readonly arch: string;
  readonly imageId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly privateIp: string;
  readonly lifecycle: CapacityType;
  readonly spotRequestId?: string;
  readonly clientToken?: string;
  readonly userData?: string;
  readonly launchedAt: number;
  readonly tags: Tags;
  readonly terminationProtected: boolean;
  readonly state: InstanceState;
  /** When the present state began. */
  readonly since: number;
  /** When it began to end. */
  readonly endedAt?: number;
  readonly stateReason: StateReason | null;
  /** EC2 will take it, and has said so. */
  readonly notice?: InstanceNotice;
  /** When EC2 recommended to move away from it, epoch milliseconds. It takes nothing by that. */
  readonly rebalanceAt?: number;
}

export interface InstanceNotice {
  readonly kind: 'interruption' | 'maintenance';
  /** When it is taken. */
  readonly at: number;
}

/** A recommendation stands beside the notice. */
export type Announcement = InstanceNotice | { readonly kind: 'rebalance'; readonly at: number };

export interface StateReason {
  /** `Client.UserInitiatedShutdown`, `Server.SpotInstanceTermination` ... */
  readonly code: string;
  readonly message: string;
}

/** `from` is null for a launch. `at` is when the change was due, not when `tick` noticed it. */
export interface InstanceChange {
  readonly at: number;
  readonly from: InstanceState | null;
  readonly instance: SimInstance;
}
