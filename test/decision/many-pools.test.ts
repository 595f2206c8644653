/** A look at all pools of a cluster reads the lists of the cluster a fixed number of times, however many pools there are. */
import { decideAll } from '../../webhook/decision/decide';
import { nextExchange } from '../../webhook/decision/exchange';
import { intentsOf, upAlertsOf } from '../../webhook/decision/intent';
import { namedNodes } from '../../webhook/decision/replace';
import type { ScalingAlert } from '../../webhook/model/alert';
import { TAGS } from '../../webhook/model/names';
import type { CompleteObservation } from '../../webhook/model/observation';
import { nodeStates } from '../../webhook/telemetry/node-states';
import {
  aContext,
  aLaunchedScaleUp,
  anAlert,
  anInstance,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  aWaitingPod,
  observation,
  signals,
} from '../support/builders';

const NODES_A_POOL = 3;
const PODS_A_NODE = 4;

/** A list that counts how often one of its items is read. */
function counted<T>(list: readonly T[]): { readonly list: readonly T[]; readonly perItem: () => number } {
  let reads = 0;
  const proxy = new Proxy(list, {
    get: (target, name, receiver) => {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads += 1;
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  return { list: proxy, perItem: () => reads / list.length };
}

function poolOf(pool: string) {
  const ids = Array.from({ length: NODES_A_POOL }, (_, i) => `i-${pool}-${i}`);
  return {
    nodes: ids.map((id) => aNode(id, { pool, labels: { 'smartscale/pool': pool } })),
    instances: ids.map((id) => anInstance(id, { tags: { [TAGS.pool]: pool } })),
    pods: [
      ...ids.flatMap((node) => Array.from({ length: PODS_A_NODE }, (_, i) => aPod(`${node}-${i}`, { node }))),
      aWaitingPod(`${pool}-waits`, { labels: { 'smartscale/pool': pool } }),
    ],
    alerts: [
      anAlert(`busy-${pool}`, { pool, forPods: true, wish: { kind: 'total', nodes: NODES_A_POOL } }),
      anAlert(`gone-${pool}`, { pool, scale: 'replace', node: ids[0] ?? null }),
    ],
  };
}

/** How often each list was read in one look at so many pools, a scale-up of each open, per item of the list. */
function readsOfOneLook(pools: number): Readonly<Record<string, number>> {
  const keys = Array.from({ length: pools }, (_, i) => ({ cluster: 'shop', pool: `p${i}` }));
  const all = keys.map(({ pool }) => poolOf(pool));
  const lists = {
    nodes: counted(all.flatMap(({ nodes }) => nodes)),
    instances: counted(all.flatMap(({ instances }) => instances)),
    pods: counted(all.flatMap(({ pods }) => pods)),
    alerts: counted<ScalingAlert>(all.flatMap(({ alerts }) => alerts)),
  };
  const seen: CompleteObservation = observation({
    nodes: lists.nodes.list,
    instances: lists.instances.list,
    pods: lists.pods.list,
  });
  const level = signals(lists.alerts.list);
  for (const key of keys) {
    const up = aLaunchedScaleUp(`op-${key.pool}`, [`i-${key.pool}-0`, `i-${key.pool}-new`]);
    const state = aPoolState([up]);
    const context = aContext({
      key,
      state,
      observation: seen,
      policy: aPolicy(),
      upFiring: upAlertsOf(level, key).map(({ name }) => name),
    });
    const decision = decideAll(intentsOf(level, key), context);
    expect(decision.have).toBe(NODES_A_POOL + 1);
    expect(namedNodes(level, key, seen)).toHaveLength(1);
    expect(nodeStates(key, [up], seen)).toMatchObject({ ready: NODES_A_POOL });
    nextExchange(decision, context);
  }
  return Object.fromEntries(Object.entries(lists).map(([name, { perItem }]) => [name, perItem()]));
}

it('does not read the lists of a cluster more often for a hundred pools than for two', () => {
  expect(readsOfOneLook(100)).toEqual(readsOfOneLook(2));
});
