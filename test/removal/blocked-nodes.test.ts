import fc from 'fast-check';
import type { CompleteObservation, Node, Pod } from '../../webhook/model/observation';
import type { Operation } from '../../webhook/model/operation';
import { chooseNode } from '../../webhook/removal/choose-node';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import {
  KEY,
  MINUTE,
  NOW,
  aBudget,
  aDrain,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  anInstance,
  observation,
} from '../support/builders';

const HOST = 'i-host';
const SMALL = { cpu: 0.1, memory: 1, pods: 1 };

interface Plan {
  readonly node?: Partial<Node>;
  readonly tags?: Readonly<Record<string, string>>;
  /** On the node, beside an ordinary one. */
  readonly pod?: Partial<Pod>;
  /** Names of the budgets of that pod, and what each allows. */
  readonly budgets?: readonly number[];
  readonly isDrained?: boolean;
}

const annotated = (name: string, value = 'true'): Plan => ({ node: { annotations: { [name]: value } } });
const keeps = (name: string, value: string): Plan => ({ pod: { annotations: { [name]: value } } });

/** Each alone is a reason to leave the node alone. */
const FLAWS: Readonly<Record<string, Plan>> = {
  'a cordon': { node: { cordoned: true } },
  'not Ready': { node: { ready: false } },
  'control plane': { node: { controlPlane: true } },
  'another pool': { node: { pool: 'other' } },
  'a few minutes old': { node: { createdAt: NOW - MINUTE } },
  'permanent by label': { node: { labels: { 'smartscale/pool': KEY.pool, 'smartscale/permanent': 'true' } } },
  'permanent by tag': { tags: { 'smartscale:permanent': '' } },
  'opt-out of ours': annotated('smartscale/no-scale-down', ''),
  'opt-out of Cluster Autoscaler': annotated('cluster-autoscaler.kubernetes.io/scale-down-disabled'),
  'opt-out of Karpenter': annotated('karpenter.sh/do-not-disrupt'),
  'opt-out of Escalator': annotated('atlassian.com/no-delete', 'because'),
  'resting after a drain': {
    node: {
      annotations: {
        'smartscale/failed-drains': '1',
        'smartscale/rest-until': new Date(NOW + MINUTE).toISOString(),
      },
    },
  },
  'drained already': { isDrained: true },
  'a bare pod': { pod: { ownerKind: null } },
  'local data': { pod: { localVolumes: ['data'] } },
  'a volume on the machine': { pod: { claims: ['bound'] } },
  'a pod kept for Cluster Autoscaler': keeps('cluster-autoscaler.kubernetes.io/safe-to-evict', 'false'),
  'a pod kept for Karpenter': keeps('karpenter.sh/do-not-disrupt', '2h'),
  'a pod kept for us': keeps('smartscale/safe-to-evict', 'false'),
  'a young system pod': { pod: { namespace: 'kube-system', createdAt: NOW - 10 * MINUTE } },
  'a budget of none': { pod: {}, budgets: [0] },
  'two budgets': { pod: {}, budgets: [1, 1] },
  'a pod without room elsewhere': { pod: { requests: { cpu: 3, memory: 1, pods: 1 } } },
};

const world = fc.array(fc.uniqueArray(fc.constantFrom(...Object.keys(FLAWS)), { maxLength: 2 }), {
  minLength: 1,
  maxLength: 6,
});

/** Every node has room for 3.5 cores, and nothing on it but what its flaws bring; beside them is one of another pool. */
function seenWith(plans: readonly (readonly Plan[])[]): CompleteObservation {
  const nodes = plans.map((of, i) => nodeOf(`i-${i}`, of));
  const spare = aNode('spare', { pool: 'other', allocatable: { cpu: 2, memory: 100, pods: 100 } });
  const instances = plans.map((of, i) =>
    anInstance(`i-${i}`, { tags: Object.assign({}, anInstance('x').tags, ...of.map(({ tags }) => tags)) as never }),
  );
  const pods = plans.flatMap((of, i) => [
    aPod(`p-${i}`, { node: `i-${i}`, requests: SMALL }),
    ...of.flatMap(({ pod }, k) => (pod ? [podOf(`f-${i}-${k}`, `i-${i}`, pod)] : [])),
  ]);
  const budgets = plans.flatMap((of, i) =>
    of.flatMap(({ budgets: allowed = [] }, k) =>
      allowed.map((disruptionsAllowed, n) =>
        aBudget(`b-${i}-${k}-${n}`, { pod: `f-${i}-${k}` }, { disruptionsAllowed }),
      ),
    ),
  );
  const host = { key: 'kubernetes.io/hostname', operator: 'In' as const, values: ['i-0'] };
  const claims = [{ namespace: 'default', name: 'bound', volume: 'pv', nodes: [{ labels: [host], fields: [] }] }];
  return observation({ nodes: [...nodes, spare], instances, pods, budgets, claims });
}

function nodeOf(name: string, plans: readonly Plan[]): Node {
  const annotations = Object.assign({}, ...plans.map(({ node }) => node?.annotations)) as Node['annotations'];
  const allocatable = { cpu: 3.5, memory: 100, pods: 100 };
  return aNode(
    name,
    Object.assign({ allocatable }, ...plans.map(({ node }) => node), { annotations }) as Partial<Node>,
  );
}

/** One of 3 cores finds no place: half a core is taken everywhere else, more than half where its like is. */
function podOf(name: string, node: string, pod: Partial<Pod>): Pod {
  return aPod(name, { node, requests: SMALL, labels: { pod: name }, ...pod });
}

function choose(plans: readonly (readonly Plan[])[], hostNode: string) {
  const operations: Operation[] = plans.flatMap((of, i) =>
    of.some(({ isDrained }) => isDrained) ? [aDrain(`drain-${i}`, `i-${i}`)] : [],
  );
  const policy = aPolicy({ removal: { ...aPolicy().removal, minNodeAge: 5 * MINUTE, hostNode } });
  return chooseNode(surroundingsOf({ key: KEY, state: aPoolState(operations), policy, now: NOW }, seenWith(plans)));
}

it.each(Object.entries(FLAWS))('a node with %s stays, and the one beside it goes', (_what, flaw) => {
  // What needs 3 cores would find them on an empty node.
  if (flaw.pod?.requests) expect(choose([[flaw], [flaw]], HOST).node).toBeNull();
  else expect(choose([[flaw], []], HOST).node?.name).toBe('i-1');
});

test('whatever else is there, no node is chosen that anything speaks against, and one is when nothing does', () => {
  fc.assert(
    fc.property(world, fc.integer({ min: 0, max: 6 }), (names, host) => {
      // What needs 3 cores speaks against its node only where no other one has them.
      const flaws = names.map((of) => of.filter((name) => name !== 'a pod without room elsewhere'));
      const { node } = choose(
        flaws.map((of) => of.flatMap((name) => FLAWS[name] ?? [])),
        `i-${host}`,
      );
      const free = flaws.flatMap((of, i) => (of.length === 0 && i !== host ? [`i-${i}`] : []));
      expect(node === null ? free : free.includes(node.name)).toEqual(node === null ? [] : true);
    }),
    { numRuns: 2000 },
  );
});
