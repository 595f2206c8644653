/** What is played again and again, and what must be so in its end. */
import { holdPods } from '../../support/held-pods';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABELS, TAGS } from '../../../webhook/model/names';
import type { Operation, ScaleDown, ScaleUp } from '../../../webhook/model/operation';
import { isNodeReady } from '../../../simulator/kubernetes/conditions';
import type { SimInstance } from '../../../simulator/ec2/ec2-types';
import type { KubeNode, KubePod } from '../../../simulator/kubernetes/objects';
import type { FiredAlert } from '../../fakes/fake-alertmanager';
import { highCpu, idle } from '../../scenarios/support/alerts';
import { payloadOf } from '../../scenarios/support/alertmanager';
import { eventually } from '../support/eventually';
import type { Death } from './executioner';
import { KEY, SHOP, type Theatre } from './theatre';

export interface Ending {
  /** What changed something, in order. */
  readonly steps: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

const PODS_A_NODE = 2;

/** Real milliseconds between two posts of one alert. */
const REPEAT_MS = 300;
/** The machine has better things to do than to look. */
const LOOKS = { every: 100 } as const;

/** Two nodes are bought. */
export async function growsByTwo(theatre: Theatre, death: Death | null): Promise<Ending> {
  const nodes = serving(theatre).length + 2;
  const { steps, operation } = await play<ScaleUp>(theatre, highCpu({ nodes }), death);
  const { cloud } = theatre.world;
  const launched = cloud.instances.filter(({ tags }) => tags[TAGS.operation] === operation.id);
  const fleets = cloud.gate.requests.filter(({ action, params }) => {
    return action === 'CreateFleet' && JSON.stringify(params).includes(operation.id);
  });
  return {
    steps,
    facts: {
      ...(await facts(theatre, operation)),
      launched: launched.length,
      joined: launched.every(({ id }) => serving(theatre).some(({ metadata }) => metadata.name === id)),
      tokens: new Set(fleets.map(({ params }) => params['ClientToken'])).size,
      serving: serving(theatre).length - nodes,
      upClock: (await theatre.store.readPool(KEY)).upClosedAt === closedAt(operation),
    },
  };
}

/** One node with pods is given back. */
export async function shrinksByOne(theatre: Theatre, death: Death | null): Promise<Ending> {
  const before = serving(theatre).length;
  await opensShop(theatre, before * PODS_A_NODE);
  const { steps, operation } = await play<ScaleDown>(theatre, idle({ nodes: before - 1 }), death);
  const id = operation.node?.instanceId ?? '';
  return {
    steps,
    facts: {
      ...(await facts(theatre, operation)),
      instance: theatre.world.cloud.instances.find((it) => it.id === id)?.state,
      node: theatre.world.cluster.node(operation.node?.name ?? ''),
      shop: pods(theatre).length - before * PODS_A_NODE,
      serving: serving(theatre).length - before,
    },
  };
}

/** One node is being drained, and is needed after all. */
export async function takesBack(theatre: Theatre, death: Death | null): Promise<Ending> {
  const { world, alertmanager } = theatre;
  const before = serving(theatre).length;
  const begun = Date.now();
  await opensShop(theatre, before * PODS_A_NODE);
  holdPods(world.cluster, SHOP);
  const tooMany = idle({ nodes: before - 1 });
  const post = fires(theatre, tooMany);
  await eventually('a drain', async () => (await openOnes(theatre)).some((it) => it.endsWith('draining')));
  await post.stop();
  alertmanager.resolve(tooMany.labels);
  const { steps, operation } = await play<ScaleDown>(theatre, highCpu({ nodes: before }), death);
  return {
    steps,
    facts: {
      ...(await facts(theatre, operation)),
      reason: operation.reason,
      launched: world.cloud.instances.filter(({ launchedAt }) => launchedAt >= begun).length,
      shop: pods(theatre).length - before * PODS_A_NODE,
      serving: serving(theatre).length - before,
    },
  };
}

/** Every node has pods to lose. */
async function opensShop(theatre: Theatre, replicas: number): Promise<void> {
  const { cluster } = theatre.world;
  cluster.scaleWorkload(SHOP, 0);
  await eventually('a shop that is closed', () => pods(theatre).length === 0);
  cluster.scaleWorkload(SHOP, replicas);
  await eventually('pods on every node', () => {
    expect(running(theatre)).toHaveLength(replicas);
    return new Set(pods(theatre).map(({ spec }) => spec.nodeName)).size === replicas / PODS_A_NODE;
  });
}

/** The alert fires until its operation has closed and everything rests; the process dies on the way if it is to. */
async function play<O extends Operation>(
  theatre: Theatre,
  alert: FiredAlert,
  death: Death | null,
): Promise<{ readonly steps: readonly string[]; readonly operation: O }> {
  const { executioner, webhook, alertmanager } = theatre;
  const known = new Set((await closed(theatre)).map(({ id }) => id));
  let hasDied = false;
  void executioner.expect(death).then(() => (hasDied = true));
  const post = fires(theatre, alert);
  try {
    if (death) {
      await eventually(`its death ${death.moment} ${death.step}`, () => hasDied);
      executioner.forget();
      await webhook.start();
    }
    const operation = await eventually(
      'an operation that has closed',
      async () => {
        expect(await openOnes(theatre)).toEqual([]);
        return (await closed(theatre)).find(({ id }) => !known.has(id));
      },
      LOOKS,
    );
    const steps = [...executioner.steps];
    await eventually('rest', () => expect(unrest(theatre)).toEqual([]) === undefined);
    return { steps, operation: operation as O };
  } finally {
    alertmanager.resolve(alert.labels);
    await post.stop();
  }
}

/** Posted as Alertmanager does: again and again while it fires, whatever the answer. */
function fires({ alertmanager, webhook: { url } }: Theatre, alert: FiredAlert): { stop(): Promise<void> } {
  alertmanager.fire({ labels: alert.labels, annotations: alert.annotations ?? {} });
  const body = JSON.stringify(payloadOf(alert));
  const headers = { 'content-type': 'application/json' };
  const stopping = new AbortController();
  const posting = (async () => {
    while (!stopping.signal.aborted) {
      await fetch(`${url}/alerts`, { method: 'POST', headers, body }).catch(() => undefined);
      await sleep(REPEAT_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return posting;
    },
  };
}

// --------------------------------------------------------------------------- what is seen

/** What is to be the same whichever operation it is. */
async function facts(theatre: Theatre, operation: Operation): Promise<Readonly<Record<string, unknown>>> {
  const rows = await theatre.store.readHistory(KEY, { limit: 100 });
  const state = await theatre.store.readPool(KEY);
  return {
    phase: operation.phase,
    rows: rows.filter(({ kind, id }) => kind === 'operation' && id === operation.id).length,
    clock: state.closedAt === closedAt(operation),
    backoff: state.backoff,
  };
}

function closedAt(operation: Operation): unknown {
  return (operation as unknown as { readonly closedAt?: unknown }).closedAt;
}

async function closed({ store }: Theatre): Promise<readonly Operation[]> {
  const rows = await store.readHistory(KEY, { limit: 100 });
  return rows.filter(({ kind }) => kind === 'operation').map(({ data }) => data as unknown as Operation);
}

async function openOnes({ store }: Theatre): Promise<readonly string[]> {
  return Object.values((await store.readPool(KEY)).operations).map(({ id, phase }) => `${id} ${phase}`);
}

function nodes({ world }: Theatre): readonly KubeNode[] {
  return world.cluster.nodes().filter(({ metadata }) => metadata.labels?.[LABELS.pool] === KEY.pool);
}

export function serving(theatre: Theatre): readonly KubeNode[] {
  return nodes(theatre).filter((node) => isNodeReady(node) && node.spec.unschedulable !== true);
}

function pods({ world }: Theatre): readonly KubePod[] {
  return world.cluster.pods().filter(({ metadata }) => metadata.labels?.['app'] === SHOP);
}

function running(theatre: Theatre): readonly KubePod[] {
  return pods(theatre).filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running',
  );
}

/** Instances without a node, nodes without an instance, nodes with a mark, pods that do not run. */
function unrest(theatre: Theatre): readonly string[] {
  const { cloud } = theatre.world;
  const alive = cloud.instances.filter(({ tags, state }) => tags[TAGS.pool] === KEY.pool && isAlive(state));
  const ids = new Set(alive.map(({ id }) => id));
  const names = new Set(nodes(theatre).map(({ metadata }) => metadata.name));
  return [
    ...[...ids].filter((id) => !names.has(id)).map((id) => `${id} has no node`),
    ...[...names].filter((name) => !ids.has(name)).map((name) => `node ${name} has no instance`),
    ...nodes(theatre)
      .filter(isMarked)
      .map(({ metadata }) => `${metadata.name} carries a mark`),
    ...pods(theatre)
      .filter((pod) => !running(theatre).includes(pod))
      .map(({ metadata }) => `${metadata.name} waits`),
  ];
}

function isAlive(state: SimInstance['state']): boolean {
  return state === 'pending' || state === 'running';
}

function isMarked({ spec, metadata }: KubeNode): boolean {
  const ours = Object.keys(metadata.annotations ?? {}).some((name) => name.startsWith('smartscale/'));
  return spec.unschedulable === true || ours || (spec.taints ?? []).some(({ key }) => key.startsWith('smartscale/'));
}
