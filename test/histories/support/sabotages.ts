/** Each takes one safety rule away, by what a process is given: nothing of the service itself is changed. */
import { TAGS } from '../../../webhook/model/names';
import type { Instance } from '../../../webhook/model/observation';
import type { Operation } from '../../../webhook/model/operation';
import type { PoolState } from '../../../webhook/model/pool';
import type { Ec2Port, KubernetesPort, StorePort } from '../../../webhook/ports';
import { butFor } from './but-for';
import type { Sabotage } from './sabotage';
import type { Setting } from './setting';

/** Longer than any history. Milliseconds. */
const FOR_EVER = 1e12;

/** Every CreateFleet is a new one. */
function anotherTokenEachTime(): Sabotage {
  let calls = 0;
  return {
    ec2: (ec2) =>
      butFor<Ec2Port>(ec2, {
        createFleet: (request, token) => ec2.createFleet(request, `${token.slice(0, 40)}-${(calls += 1)}`),
      }),
  };
}

/** A decision is written on whatever the pool has become meanwhile. */
const anyVersion: Sabotage = {
  store: (store, _owner, ledger) =>
    butFor<StorePort>(store, {
      accept: (key, acceptance) => {
        const cancel = acceptance.cancel.filter(({ id }) => id in ledger.truth.operations);
        return store.accept(key, { ...acceptance, cancel, version: ledger.truth.version });
      },
    }),
};

/** Whoever saves an operation may, and everybody takes all operations for his own. */
const anyOwner: Sabotage = {
  store: (store, owner, ledger) =>
    butFor<StorePort>(store, {
      readPool: async (key) => withOperations(await store.readPool(key), (it) => ({ ...it, owner })),
      saveOperation: (key, operation) => {
        const stored = ledger.truth.operations[operation.id];
        if (!stored) return Promise.resolve('lost');
        const next = { ...operation, revision: stored.revision + 1, owner: stored.owner };
        return store.saveOperation(key, next, stored);
      },
      closeOperation: (key, operation, seen, closing) => {
        const { revision = seen.revision, owner: theirs = seen.owner } = ledger.truth.operations[operation.id] ?? {};
        return store.closeOperation(key, operation, { version: seen.version, revision, owner: theirs }, closing);
      },
    }),
};

/** Growing takes back what is terminating too, and what is taken back rolls back. */
const aWayBack: Sabotage = {
  store: (store, _owner, ledger) =>
    butFor<StorePort>(store, {
      readPool: async (key) => withOperations(await store.readPool(key), asIfNotTerminating),
      accept: (key, acceptance) => {
        const [up] = acceptance.operations;
        const late = Object.values(ledger.truth.operations).find(isTerminating);
        if (up?.kind !== 'scale-up' || !late) return store.accept(key, acceptance);
        return store.accept(key, {
          ...acceptance,
          cancel: [...acceptance.cancel, { id: late.id, revision: late.revision, by: up.id }],
        });
      },
    }),
};

function isTerminating(operation: Operation): boolean {
  return operation.kind === 'scale-down' && operation.phase === 'terminating' && operation.cancelledBy === undefined;
}

function asIfNotTerminating(operation: Operation): Operation {
  const takenBack = operation.kind === 'scale-down' && operation.cancelledBy !== undefined;
  return takenBack && operation.phase === 'terminating' ? { ...operation, phase: 'draining' } : operation;
}

function withOperations(state: PoolState, change: (operation: Operation) => Operation): PoolState {
  const operations = Object.entries(state.operations).map(([id, operation]) => [id, change(operation)] as const);
  return { ...state, operations: Object.fromEntries(operations) };
}

const noDeadlines: Sabotage = {
  setting: (setting: Setting) => ({
    ...setting,
    policy: {
      ...setting.policy,
      deadline: {
        confirm: FOR_EVER,
        join: FOR_EVER,
        running: FOR_EVER,
        registered: FOR_EVER,
        ready: FOR_EVER,
        cordon: FOR_EVER,
        drain: FOR_EVER,
      },
    },
  }),
};

/** Nothing is old enough to be an orphan, EC2 confirms no death, and marks of closed operations stay. */
const noSweep: Sabotage = {
  setting: (setting) => ({ ...setting, timings: { ...setting.timings, orphanGrace: FOR_EVER } }),
  ec2: (ec2) => butFor<Ec2Port>(ec2, { describeInstances: (ids) => Promise.resolve(ids.map(running)) }),
  kubernetes: (kubernetes, ledger) =>
    butFor<KubernetesPort>(kubernetes, {
      unmarkNode: (node, operation) =>
        operation in ledger.truth.operations ? kubernetes.unmarkNode(node, operation) : Promise.resolve('unmarked'),
    }),
};

function running(id: string): Instance {
  return { id, state: 'running', zone: '', type: '', lifecycle: 'on-demand', launchedAt: 0, tags: {} };
}

/** The clocks of the pool are forgotten. */
const noCooldowns: Sabotage = {
  store: (store) =>
    butFor<StorePort>(store, {
      readPool: async (key) => {
        const {
          upClosedAt: _up,
          closedAt: _any,
          backoff: _off,
          upAcceptedAt: _accepted,
          ...rest
        } = await store.readPool(key);
        return rest;
      },
    }),
};

const noCircuit: Sabotage = { policy: (policy) => ({ ...policy, circuit: { ...policy.circuit, opensAfter: 1e6 } }) };

const noSurgeLimit: Sabotage = { policy: (policy) => ({ ...policy, maxSurge: policy.maxSurge + 3 }) };

const noBudgetOfExchanges: Sabotage = {
  policy: (policy) => ({ ...policy, launch: { ...policy.launch, returnToSpot: { every: 1 } } }),
};

/** Nobody sees what stands in the place of what. */
const noStandIns: Sabotage = {
  ec2: (ec2) =>
    butFor<Ec2Port>(ec2, {
      listInstances: async (cluster) =>
        (await ec2.listInstances(cluster)).map((instance) => {
          const { [TAGS.replaces]: _unseen, ...tags } = instance.tags;
          return { ...instance, tags };
        }),
    }),
};

/** Whoever asks EC2 hears that it takes every node that an alert names. */
const gullible: Sabotage = {
  ec2: (ec2) =>
    butFor<Ec2Port>(ec2, {
      notices: (ids) => Promise.resolve(ids.map((instanceId) => ({ instanceId, kind: 'interruption', at: FOR_EVER }))),
    }),
};

const noMaximum: Sabotage = { policy: (policy) => ({ ...policy, max: policy.max + 3 }) };

const noMinimum: Sabotage = { policy: (policy) => ({ ...policy, min: 0 }) };

/** Every node looks empty. */
const noPods: Sabotage = {
  kubernetes: (kubernetes) => butFor<KubernetesPort>(kubernetes, { listPods: () => Promise.resolve([]) }),
};

/** Pods look as if nobody minded where they are. */
const noObjections: Sabotage = {
  kubernetes: (kubernetes) =>
    butFor<KubernetesPort>(kubernetes, {
      listPods: async () =>
        (await kubernetes.listPods()).map((pod) => ({
          ...pod,
          ownerKind: pod.ownerKind ?? 'ReplicaSet',
          annotations: {},
          localVolumes: [],
        })),
    }),
};

/** What a budget refuses is deleted. */
const noBudgets: Sabotage = {
  kubernetes: (kubernetes) =>
    butFor<KubernetesPort>(kubernetes, {
      listBudgets: () => Promise.resolve([]),
      evict: async (pod) => {
        const answer = await kubernetes.evict(pod);
        if (answer.kind !== 'refused-by-budget') return answer;
        await kubernetes.deletePod({ ...pod, graceSeconds: pod.graceSeconds ?? 30 });
        return { kind: 'accepted' };
      },
    }),
};

/** Nobody is told why. */
const noReasons: Sabotage = {
  store: (store) =>
    butFor<StorePort>(store, {
      closeOperation: (key, { reason: _why, detail: _told, ...operation }, seen, closing) =>
        store.closeOperation(key, operation, seen, closing),
    }),
};

const noPauses: Sabotage = {
  store: (store) =>
    butFor<StorePort>(store, { readPool: async (key) => ({ ...(await store.readPool(key)), pauses: {} }) }),
};

const noHistory: Sabotage = {
  store: (store) => butFor<StorePort>(store, { appendHistory: () => Promise.resolve() }),
};

const noUnmarking: Sabotage = {
  kubernetes: (kubernetes) => butFor<KubernetesPort>(kubernetes, { unmarkNode: () => Promise.resolve('unmarked') }),
};

/** By what is taken away. */
export const SABOTAGES: Readonly<Record<string, () => Sabotage>> = {
  'the client token': anotherTokenEachTime,
  'the version condition': () => anyVersion,
  'the ownership check': () => anyOwner,
  'no way back once terminating has begun': () => aWayBack,
  deadlines: () => noDeadlines,
  'the sweep': () => noSweep,
  'cooldowns and back-off': () => noCooldowns,
  'the circuit breaker': () => noCircuit,
  'the maximum': () => noMaximum,
  'the limit of surge': () => noSurgeLimit,
  'the budget of exchanges': () => noBudgetOfExchanges,
  'the tag of what stands in for another': () => noStandIns,
  "EC2's own word": () => gullible,
  'the minimum': () => noMinimum,
  'a look at pods': () => noPods,
  'objections of pods': () => noObjections,
  'the word of budgets': () => noBudgets,
  'reasons of roll-backs': () => noReasons,
  pauses: () => noPauses,
  'rows of history': () => noHistory,
  'taking marks back': () => noUnmarking,
};
