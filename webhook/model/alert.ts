/** What Alertmanager says, in its own words, and what it means to us. */

/** An alert as `GET /api/v2/alerts` gives it. Times are epoch milliseconds. */
export interface ApiAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: number;
  readonly updatedAt: number;
  readonly endsAt: number;
  readonly receivers: readonly string[];
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

/** A silence as `GET /api/v2/silences` gives it. */
export interface Silence {
  readonly id: string;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** What one Alertmanager said: alerts of any state that carry `scale`, the Watchdog, and the silences that apply. */
export interface AlertmanagerLevel {
  readonly alerts: readonly ApiAlert[];
  readonly silences: readonly Silence[];
}

/** How many nodes an alert asks for. */
export type Wish =
  | { readonly kind: 'total'; readonly nodes: number }
  | { readonly kind: 'step' }
  | { readonly kind: 'invalid'; readonly text: string };

/** A scaling alert that fires, read by the contract of prometheus-rules/CONTRACT.md. */
export interface ScalingAlert {
  readonly fingerprint: string;
  readonly name: string;
  readonly cluster: string;
  readonly pool: string;
  readonly scale: 'up' | 'down' | 'replace';
  readonly node: string | null;
  /** With `replace`: EC2 only recommends to leave the node, and will never say more of it. */
  readonly recommended: boolean;
  readonly shadow: boolean;
  readonly wish: Wish;
  readonly urgent: boolean;
  readonly forPods: boolean;
  readonly summary: string;
  readonly startsAt: number;
  /** When it was last posted to us; null when only the API knows it. */
  readonly heardAt: number | null;
  /** First post of the present firing. */
  readonly firstHeardAt: number | null;
  /** The silence that lasts longest, when one applies. */
  readonly silence: Silence | null;
  readonly inhibited: boolean;
}

/** The level of a cluster: everything that fires there now, and how far the pipeline can be trusted. */
export interface Signals {
  readonly at: number;
  readonly alerts: readonly ScalingAlert[];
  /** No Alertmanager answered: what was posted stands for it and only growing is possible. */
  readonly alertmanagerSilent: boolean;
  /** The Watchdog alert is active and was updated lately. */
  readonly watchdogFresh: boolean;
}
