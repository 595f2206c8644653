/** The totals of CONTRACT.md reckoned in plain code, for one pool of like nodes that are all settled and report. */

export interface ModelPod {
  /** Cores. */
  readonly cpu: number;
  /** GiB. */
  readonly memory: number;
}

export interface ModelNode {
  readonly pods: readonly ModelPod[];
}

export interface ModelPool {
  readonly nodes: readonly ModelNode[];
  readonly waiting: readonly ModelPod[];
  /** Busy cores and used GiB of the whole pool. */
  readonly busy: number;
  readonly used: number;
}

export const NODE = { cpu: 2, memory: 8, pods: 110 } as const;
const EPSILON = 1e-6;

export function highCpu({ nodes, busy }: ModelPool): number | null {
  return busy / (nodes.length * NODE.cpu) > 0.7 + EPSILON ? need(busy / (NODE.cpu * 0.7)) : null;
}

export function highMemory({ nodes, used }: ModelPool): number | null {
  return used / (nodes.length * NODE.memory) > 0.75 + EPSILON ? need(used / (NODE.memory * 0.75)) : null;
}

/** The least total that the rule can come to: which of several pods of one size it measures with is not said. */
export function unschedulable(pool: ModelPool): number | null {
  const totals = unschedulableTotals(pool);
  return totals.length === 0 ? null : Math.min(...totals);
}

/** Every total that the rule can come to, one for each pod that it may measure with; none when it does not fire. */
export function unschedulableTotals({ nodes, waiting }: ModelPool): readonly number[] {
  const sizes = waiting.map((pod) => ({ pod, fits: 1 / share(pod) + EPSILON })).filter(({ fits }) => fits >= 1);
  if (sizes.length === 0) return [];
  const [most, least] = [Math.max(...sizes.map(({ fits }) => fits)), Math.min(...sizes.map(({ fits }) => fits))];
  const alike = (fits: number) => sizes.filter((size) => size.fits === fits);
  const beside = (yardstick: ModelPod, pods: typeof sizes): number =>
    sum(nodes.map((node) => (hasRoom(node, yardstick) ? usedShare(node) : 1))) +
    sum(pods.map(({ fits }) => 1 / Math.floor(fits)));
  const smallest = alike(most).map(({ pod }) => beside(pod, sizes));
  const largest = alike(least).map(({ pod }) => beside(pod, alike(least)));
  const totals = smallest.flatMap((one) => largest.map((other) => need(Math.max(one, other))));
  return [...new Set(totals)];
}

/** null when it does not fire; undefined when that depends on which of several equally empty nodes is looked at. */
export function idle(pool: ModelPool): number | null | undefined {
  const { nodes, busy, used } = pool;
  if (unschedulable(pool) !== null || nodes.length === 0) return null;
  const requests = sum(nodes.map((node) => sum(node.pods.map(({ cpu }) => cpu)))) / NODE.cpu;
  const memory = sum(nodes.map((node) => sum(node.pods.map((pod) => pod.memory)))) / NODE.memory;
  const count = sum(nodes.map((node) => node.pods.length)) / NODE.pods;
  const total = Math.max(
    need(busy / (NODE.cpu * 0.5)),
    need(used / (NODE.memory * 0.6)),
    need(Math.max(requests, memory, count) / 0.85),
  );
  if (total >= nodes.length) return null;
  const least = Math.min(...nodes.map(usedShare));
  const verdicts = new Set(nodes.filter((node) => usedShare(node) - least < 1e-9).map((node) => canGo(node, nodes)));
  if (verdicts.size > 1) return undefined;
  return verdicts.has(true) ? total : null;
}

export function emptiest(nodes: readonly ModelNode[]): number {
  const shares = nodes.map(usedShare);
  return shares.indexOf(Math.min(...shares));
}

export function hasRoom(node: ModelNode, pod: ModelPod): boolean {
  const free = freeOf(node);
  return free.cpu + EPSILON >= pod.cpu && free.memory + EPSILON >= pod.memory && free.pods >= 1;
}

function canGo(node: ModelNode, nodes: readonly ModelNode[]): boolean {
  if (node.pods.length === 0) return true;
  const largest = Math.max(...node.pods.map(share));
  const others = nodes
    .filter((other) => other !== node)
    .map((other) => {
      const free = freeOf(other);
      return Math.min(free.cpu / NODE.cpu, free.memory / NODE.memory, free.pods / NODE.pods);
    });
  const places = sum(others.map((free) => Math.floor(free / largest + EPSILON)));
  const room = sum(others.map((free) => Math.max(0, free - largest)));
  return places >= node.pods.length || room >= sum(node.pods.map(share));
}

function freeOf({ pods }: ModelNode): { cpu: number; memory: number; pods: number } {
  return {
    cpu: NODE.cpu - sum(pods.map(({ cpu }) => cpu)),
    memory: NODE.memory - sum(pods.map(({ memory }) => memory)),
    pods: NODE.pods - pods.length,
  };
}

function usedShare(node: ModelNode): number {
  const free = freeOf(node);
  return 1 - Math.min(free.cpu / NODE.cpu, free.memory / NODE.memory, free.pods / NODE.pods);
}

function share({ cpu, memory }: ModelPod): number {
  return Math.max(cpu / NODE.cpu, memory / NODE.memory, 1 / NODE.pods);
}

function need(nodes: number): number {
  return Math.ceil(nodes - EPSILON) + 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
