/** What a drain does with each pod of its node. Pure. The first rule that applies is the answer. */
import { DRAIN_TAINT } from '../model/names';
import type { Pod } from '../model/observation';
import { keptFor } from './kept-for';
import { hostBoundClaim, type PodFacts } from './pod-facts';
import { isOfK3s, SYSTEM_NAMESPACE, tierOf, type Tier } from './system-pods';

export type PodFate =
  /** Belongs to the node, or says so: it stays and ends with it. */
  | { readonly fate: 'leave'; readonly because: 'mirror' | 'daemon-set' | 'tolerates-drain' }
  | { readonly fate: 'finished'; readonly because: 'completed' }
  /** Should have been gone long ago: nobody waits for it. */
  | { readonly fate: 'stuck'; readonly because: 'long-terminating' }
  /** Its end is waited for. */
  | { readonly fate: 'going'; readonly because: 'terminating' | 'on-completion' }
  /** `needsHome`: it has to find a place on another node. */
  | {
      readonly fate: 'evict';
      readonly because: 'declared-safe' | 'expendable' | 'of-k3s' | 'ordinary';
      readonly tier: Tier;
      readonly needsHome: boolean;
    }
  /** The node must not be drained. */
  | {
      readonly fate: 'block';
      readonly because: 'bound-to-host' | 'kept-by-annotation' | 'bare' | 'young-system-pod' | 'local-data';
      readonly why: string;
    };

type Rule = (pod: Pod, facts: PodFacts) => PodFate | null;

/** The order is that of Cluster Autoscaler, but for what tolerates the drain (ADR 9); docs/draining.md lists it for operators. */
const RULES: readonly Rule[] = [
  mirror,
  longTerminating,
  daemonSet,
  terminating,
  completed,
  expendable,
  boundToHost,
  declaredSafe,
  onCompletion,
  keptByAnnotation,
  bare,
  toleratesDrain,
  youngSystemPod,
  ofK3s,
  localData,
];

export function fateOfPod(pod: Pod, facts: PodFacts): PodFate {
  for (const rule of RULES) {
    const fate = rule(pod, facts);
    if (fate) return fate;
  }
  return { fate: 'evict', because: 'ordinary', tier: tierOf(pod), needsHome: true };
}

const CA = 'cluster-autoscaler.kubernetes.io';
const SAFE_TO_EVICT = `${CA}/safe-to-evict`;

function mirror({ mirror: isMirror, ownerKind }: Pod): PodFate | null {
  return isMirror || ownerKind === 'Node' ? { fate: 'leave', because: 'mirror' } : null;
}

/** Beyond the end of its grace, and the grace and this once more: its kubelet will not end it. Protocol, not scaled. */
const LONG_TERMINATING_MS = 30_000;

function longTerminating({ deletionAt, graceSeconds }: Pod, { now }: PodFacts): PodFate | null {
  if (deletionAt === undefined || now <= deletionAt + graceSeconds * 1000 + LONG_TERMINATING_MS) return null;
  return { fate: 'stuck', because: 'long-terminating' };
}

function daemonSet({ ownerKind, annotations }: Pod): PodFate | null {
  if (ownerKind !== 'DaemonSet' && annotations[`${CA}/daemonset-pod`] !== 'true') return null;
  return { fate: 'leave', because: 'daemon-set' };
}

function terminating(pod: Pod): PodFate | null {
  return pod.terminating ? { fate: 'going', because: 'terminating' } : null;
}

function completed({ phase }: Pod): PodFate | null {
  return phase === 'Succeeded' || phase === 'Failed' ? { fate: 'finished', because: 'completed' } : null;
}

/** Below it a pod is there to use what nobody else needs: Cluster Autoscaler's cut-off. */
const EXPENDABLE = -10;

function expendable({ priority = 0 }: Pod): PodFate | null {
  if (priority >= EXPENDABLE) return null;
  return { fate: 'evict', because: 'expendable', tier: 1, needsHome: false };
}

function boundToHost(pod: Pod, facts: PodFacts): PodFate | null {
  const claim = hostBoundClaim(pod, facts);
  return claim ? block(pod, 'bound-to-host', `has its volume ${claim.name} on this machine only`) : null;
}

function declaredSafe(pod: Pod): PodFate | null {
  if (pod.annotations[SAFE_TO_EVICT] !== 'true') return null;
  return { fate: 'evict', because: 'declared-safe', tier: tierOf(pod), needsHome: true };
}

/** By name, or by tolerating everything: it would come back at once. */
function toleratesDrain({ tolerations }: Pod): PodFate | null {
  const tolerates = tolerations.some(
    ({ key, operator, effect }) =>
      (key === DRAIN_TAINT || (!key && operator === 'Exists')) && (!effect || effect === 'NoSchedule'),
  );
  return tolerates ? { fate: 'leave', because: 'tolerates-drain' } : null;
}

function onCompletion({ annotations }: Pod): PodFate | null {
  return annotations[SAFE_TO_EVICT] === 'on-completion' ? { fate: 'going', because: 'on-completion' } : null;
}

/** Annotations by which people and other autoscalers keep a pod where it is. */
const OPT_OUT: readonly (readonly [string, string])[] = [
  [SAFE_TO_EVICT, 'false'],
  ['karpenter.sh/do-not-evict', 'true'],
  ['smartscale/safe-to-evict', 'false'],
];
const DO_NOT_DISRUPT = 'karpenter.sh/do-not-disrupt';

function keptByAnnotation(pod: Pod, { now }: PodFacts): PodFate | null {
  const optOut = OPT_OUT.find(([key, value]) => pod.annotations[key] === value);
  if (optOut) return block(pod, 'kept-by-annotation', `has ${optOut[0]}=${optOut[1]}`);
  const kept = pod.annotations[DO_NOT_DISRUPT];
  const length = keptFor(kept);
  if (length === 0 || now >= (pod.startedAt ?? pod.createdAt) + length) return null;
  return block(pod, 'kept-by-annotation', `has ${DO_NOT_DISRUPT}=${kept}`);
}

function bare(pod: Pod): PodFate | null {
  return pod.ownerKind === null ? block(pod, 'bare', 'is a bare pod: nobody would create it again') : null;
}

/** How long a system pod stays where it came up: its work is felt by everybody. Cluster Autoscaler's, not scaled. */
const SYSTEM_POD_STAYS_MS = 3_600_000;

function youngSystemPod(pod: Pod, { now, budgetsOf }: PodFacts): PodFate | null {
  if (pod.namespace !== SYSTEM_NAMESPACE || now >= pod.createdAt + SYSTEM_POD_STAYS_MS) return null;
  // What is not known does not block: it is known when a node is chosen, and once more when it has settled.
  if (!budgetsOf || budgetsOf(pod).length > 0) return null;
  return block(pod, 'young-system-pod', 'is a system pod without a budget that came up less than an hour ago');
}

/** What they keep on the node is scratch. */
function ofK3s(pod: Pod): PodFate | null {
  return isOfK3s(pod) ? { fate: 'evict', because: 'of-k3s', tier: tierOf(pod), needsHome: true } : null;
}

function localData(pod: Pod): PodFate | null {
  if (pod.localVolumes.length === 0) return null;
  const declared = pod.annotations[`${CA}/safe-to-evict-local-volumes`] ?? '';
  const safe = new Set(declared.split(',').map((name) => name.trim()));
  const volume = pod.localVolumes.find((name) => !safe.has(name));
  return volume === undefined ? null : block(pod, 'local-data', `keeps data in local volume ${volume}`);
}

type Blocking = Extract<PodFate, { fate: 'block' }>;

function block(pod: Pod, because: Blocking['because'], why: string): Blocking {
  return { fate: 'block', because, why: `pod ${pod.namespace}/${pod.name} ${why}` };
}

export interface DrainList {
  /** In the order of their tiers. */
  readonly evict: readonly Pod[];
  /** Those of them that have to find a place on another node. */
  readonly resettle: readonly Pod[];
  /** Terminating, or about to complete: their end is waited for. */
  readonly going: readonly Pod[];
  /** Those that must stay, and why. */
  readonly blocked: readonly Pod[];
  readonly blockers: readonly string[];
}

/** Sorts the pods of one node. */
export function drainList(pods: readonly Pod[], facts: PodFacts): DrainList {
  const evict: Pod[] = [];
  const last: Pod[] = [];
  const list = { resettle: [] as Pod[], going: [] as Pod[], blocked: [] as Pod[], blockers: [] as string[] };
  for (const pod of pods) {
    const it = fateOfPod(pod, facts);
    if (it.fate === 'evict') (it.tier === 1 ? evict : last).push(pod);
    if (it.fate === 'evict' && it.needsHome) list.resettle.push(pod);
    if (it.fate === 'going') list.going.push(pod);
    if (it.fate === 'block') {
      list.blocked.push(pod);
      list.blockers.push(it.why);
    }
  }
  return { evict: [...evict, ...last], ...list };
}
