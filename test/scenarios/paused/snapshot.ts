import type { Scene } from '../support/scene';

/** What there is, by name: of the store all but the lease and what was held, of the world what is paid for or used. */
export type Snapshot = ReadonlyMap<string, string>;

export async function snapshotOf(scene: Scene): Promise<Snapshot> {
  return new Map([...(await stored(scene)), ...real(scene)]);
}

/** What is new, gone and different, one line each. */
export function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name}: ${before.get(name) ?? 'nothing'} -> ${after.get(name) ?? 'nothing'}`);
}

async function stored(scene: Scene): Promise<readonly (readonly [string, string])[]> {
  const { store, cluster } = scene;
  const key = { cluster: cluster.name, pool: 'workers' };
  const state = await store.readPool(key);
  const rows = await store.readHistory(key, { limit: 10_000 });
  const told = rows.filter(({ kind, data }) => kind !== 'decision' || data['outcome'] !== 'hold');
  const operations = [...Object.keys(state.operations), ...rows.filter(isOperation).map(({ id }) => id)];
  const attempts = await Promise.all(
    operations.map((id) => Promise.all([1, 2].map((number) => store.readAttempt(key, id, number)))),
  );
  const instances = cluster.world.cloud.instances.map(({ id }) => id);
  const joined = await Promise.all(instances.map((id) => store.hasJoined(key, id)));
  return [
    ['pool item', JSON.stringify(state)],
    ['refusals', JSON.stringify(await store.readMarks(key))],
    ...told.map(({ kind, id, at, ...rest }) => [`row of ${kind} ${id} ${at}`, JSON.stringify(rest)] as const),
    ...operations.map((id, i) => [`attempts of ${id}`, JSON.stringify(attempts[i])] as const),
    ...instances.map((id, i) => [`joined ${id}`, String(joined[i])] as const),
  ];
}

function isOperation({ kind }: { readonly kind: string }): boolean {
  return kind === 'operation';
}

function real({ cluster }: Scene): readonly (readonly [string, string])[] {
  const { cloud, cluster: kubernetes } = cluster.world;
  return [
    ...cloud.instances.map(({ id, state }) => [`instance ${id}`, state] as const),
    ...cluster
      .nodes()
      .map(({ name, cordoned, markedBy }) => [`node ${name}`, JSON.stringify({ cordoned, markedBy })] as const),
    ...kubernetes
      .pods()
      .map(
        ({ metadata, spec }) =>
          [
            `pod ${metadata.name}`,
            `${metadata.deletionTimestamp === undefined ? 'stays' : 'goes'} on ${spec.nodeName ?? 'no node'}`,
          ] as const,
      ),
  ];
}
