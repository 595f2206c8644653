import { z } from 'zod';

const name = z.string().min(1);
const namespace = z.string().min(1).default('default');

/** What a person, a test or a script can do to the world: the kinds are the paths of the admin API. */
export const WORLD_ACTIONS = {
  /** Ends an instance from outside, as a person at the console or AWS would. */
  'kill-instance': z.strictObject({
    instance: name,
    /** Its StateReason, such as `Server.InsufficientInstanceCapacity`; a person's if absent. */
    reason: name.optional(),
  }),
  /** EC2 announces something to an instance, and does it after so many seconds of real life; `withdrawn`: never mind. */
  notify: z.strictObject({
    instance: name,
    notice: z.enum(['interruption', 'maintenance', 'rebalance', 'withdrawn']),
    seconds: z.number().min(0).default(120),
  }),
  cordon: z.strictObject({ node: name }),
  uncordon: z.strictObject({ node: name }),
  /** `free` more instances of the offering can be had, then requests get `code`. */
  capacity: z.strictObject({
    capacityType: z.enum(['spot', 'on-demand']),
    type: name,
    zone: name,
    free: z.number().int().min(0),
    code: name.optional(),
  }),
  /** `next` launches, and besides them a `share` (0 to 1) of all, get no node. */
  'never-joins': z.strictObject({
    next: z.number().int().min(0).optional(),
    share: z.number().min(0).max(1).optional(),
  }),
  /** Stops or starts an exporter; a stopped one answers 503. Without `node` all node-exporters. */
  exporter: z.strictObject({
    exporter: z.enum(['kube-state-metrics', 'node-exporter']),
    node: name.optional(),
    up: z.boolean(),
  }),
  /** The kubelet stops reporting, starting and ending anything; its machine runs on. `hung: false`: it goes on. */
  kubelet: z.strictObject({ node: name, hung: z.boolean() }),
  /** The kubelet ends pods so many seconds of real life later than they end. */
  'slow-kubelet': z.strictObject({ node: name, seconds: z.number().min(0) }),
  /** The volumes attached to the node stay attached, whatever its pods do; `held: false`: no longer. */
  'hold-volumes': z.strictObject({ node: name, held: z.boolean() }),
  /** Before each of the next `times` patches of the node somebody else writes to it. */
  'touch-node': z.strictObject({ node: name, times: z.number().int().min(1).default(1) }),
  /** A webhook that every eviction has to pass answers, or does not. */
  'eviction-webhook': z.strictObject({ up: z.boolean() }),
  /** The API server's flow control turns the next `calls` away. */
  'turn-away': z.strictObject({ calls: z.number().int().min(1), seconds: z.number().int().min(1).default(1) }),
  'delete-namespace': z.strictObject({ namespace: name }),
  /** Takes the finalizers off a pod. */
  'finalize-pod': z.strictObject({ namespace, name }),
  'delete-pod': z.strictObject({ namespace, name }),
  /** A PodDisruptionBudget for the pods with the label `app`, which is `name` when absent; one of that name is replaced. */
  budget: z.strictObject({
    namespace,
    name,
    app: name.optional(),
    minAvailable: z.union([z.number().int().min(0), z.string()]).optional(),
    maxUnavailable: z.union([z.number().int().min(0), z.string()]).optional(),
  }),
  'delete-budget': z.strictObject({ namespace, name }),
  /** A fixed number of replicas from now on. */
  'workload-scale': z.strictObject({ namespace, name, replicas: z.number().int().min(0) }),
  /** A fixed total (cores or bytes) from now on, shared by the workload's running pods. */
  demand: z.strictObject({ namespace, name, resource: z.enum(['cpu', 'memory']), total: z.number().min(0) }),
} as const;

export type WorldActionKind = keyof typeof WORLD_ACTIONS;

export type WorldAction = {
  [Kind in WorldActionKind]: { readonly kind: Kind } & Readonly<z.output<(typeof WORLD_ACTIONS)[Kind]>>;
}[WorldActionKind];

/** The action that a request body describes. Throws ZodError with every mistake in it. */
export function parseWorldAction(kind: WorldActionKind, body: unknown): WorldAction {
  return { kind, ...WORLD_ACTIONS[kind].parse(body) } as WorldAction;
}

export function isWorldActionKind(text: string): text is WorldActionKind {
  return Object.hasOwn(WORLD_ACTIONS, text);
}
