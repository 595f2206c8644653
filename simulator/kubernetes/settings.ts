/** How the simulated cluster behaves. Durations are those of a real cluster; `timeScale` divides all of them. */
export interface KubeSettings {
  /** 20 = twenty times as fast: durations, grace periods and Retry-After are divided by it. */
  readonly timeScale: number;
  /** From a kubelet's registration to Ready, milliseconds. */
  readonly nodeReadyMs: number;
  /** From binding to Running, milliseconds, drawn evenly between the two for each pod. */
  readonly podStartMs: readonly [least: number, most: number];
  /** What a process needs to end after SIGTERM, milliseconds; its grace period ends it at the latest. */
  readonly podStopMs: readonly [least: number, most: number];
  /** From a kubelet's last sign of life to Ready=Unknown, milliseconds (node-monitor-grace-period). */
  readonly notReadyAfterMs: number;
  /** From Ready=Unknown to the deletion of the node's pods, milliseconds (default tolerationSeconds). */
  readonly unreachableEvictionMs: number;
  /** From the deletion of a Node to the removal of its pods, milliseconds: 53 s seen on v1.34. */
  readonly podGcMs: number;
  /** From the deletion of a Node whose kubelet lives to its registration anew, milliseconds; null = never. */
  readonly reregisterMs: number | null;
  /** From the end of a volume's last pod on a node to its detachment, milliseconds. */
  readonly detachMs: number;
  /** The same where no kubelet works that could unmount it (maxWaitForUnmountDuration). */
  readonly forceDetachMs: number;
  /** Between two writes of a healthy node's status, milliseconds (nodeStatusReportFrequency). */
  readonly statusUpdateMs: number;
  /** How long a list may be continued, milliseconds. A time-out of the protocol: not divided. */
  readonly continueTtlMs: number;
  /** Retry-After of an eviction whose budget has not been looked at, seconds. */
  readonly retryAfterSeconds: number;
}

export const DEFAULT_KUBE_SETTINGS: KubeSettings = {
  timeScale: 1,
  nodeReadyMs: 10_000,
  podStartMs: [2_000, 5_000],
  podStopMs: [500, 2_000],
  notReadyAfterMs: 40_000,
  unreachableEvictionMs: 300_000,
  podGcMs: 53_000,
  reregisterMs: 10_000,
  detachMs: 3_000,
  forceDetachMs: 360_000,
  statusUpdateMs: 300_000,
  continueTtlMs: 300_000,
  retryAfterSeconds: 10,
};

/** The same settings in milliseconds of the clock. */
export function scaledSettings(settings: KubeSettings): KubeSettings {
  const { timeScale } = settings;
  const span = ([least, most]: readonly [number, number]) => [least / timeScale, most / timeScale] as const;
  return {
    ...settings,
    nodeReadyMs: settings.nodeReadyMs / timeScale,
    podStartMs: span(settings.podStartMs),
    podStopMs: span(settings.podStopMs),
    notReadyAfterMs: settings.notReadyAfterMs / timeScale,
    unreachableEvictionMs: settings.unreachableEvictionMs / timeScale,
    podGcMs: settings.podGcMs / timeScale,
    reregisterMs: settings.reregisterMs === null ? null : settings.reregisterMs / timeScale,
    detachMs: settings.detachMs / timeScale,
    forceDetachMs: settings.forceDetachMs / timeScale,
    statusUpdateMs: settings.statusUpdateMs / timeScale,
    retryAfterSeconds: Math.max(1, Math.ceil(settings.retryAfterSeconds / timeScale)),
  };
}
