import { ANNOTATIONS, DRAIN_TAINT } from '../../../webhook/model/names';
import { isNodeReady } from '../../kubernetes/conditions';
import { keyOf } from '../../kubernetes/table';
import type { World } from '../../world';
import { check, type Check } from '../check';
import type { Recorder } from '../recorder';
import { ORDERS, ORDERS_PODS, type Part } from './cast';
import type { Drain } from './drains';
import type { People } from './people';

export interface StubbornView {
  readonly world: World;
  readonly recorder: Recorder;
  readonly people: People;
  readonly drains: readonly Drain[];
}

/** What must hold at the end. */
export function judge(view: StubbornView): readonly Check[] {
  const { people, recorder } = view;
  const bare = [...people.bare.values()];
  const killed = bare.filter((pod) => !isAlive(pod.metadata, view.world));
  return [
    drained(view),
    givenBack('the node with the tight budget', 'frozen', ORDERS, view),
    givenBack('the node with the debug pod', 'debugged', people.bare.get('debugged')?.metadata.name, view),
    neverTried(view),
    check(
      'no bare pod was killed',
      bare.length === 2 && killed.length === 0,
      killed.map(({ metadata }) => metadata.name).join(', ') || `${bare.length} live`,
    ),
    check(
      `"${ORDERS}" never lacked more than the one pod that its budget let go`,
      (people.fewestServing ?? 0) >= ORDERS_PODS - 1,
      `fewest ${people.fewestServing ?? 'unknown'} of ${ORDERS_PODS}`,
    ),
    check('no node ended with pods on it', recorder.undrained.length === 0, recorder.undrained.join(', ') || 'none'),
  ];
}

function drained({ world, people, drains }: StubbornView): Check {
  const node = people.nodeOf('free');
  const instance = world.cloud.instances.find(({ id }) => id === node);
  const isGone = world.cluster.node(node) === undefined && !['pending', 'running'].includes(instance?.state ?? '');
  const isDone = drains.some((drain) => drain.node === node && drain.phase === 'done');
  const seen = `instance ${instance?.state ?? 'no longer listed'}`;
  return check('the node that nothing speaks against was drained and is gone', isGone && isDone, seen);
}

function givenBack(
  what: string,
  part: Part,
  named: string | undefined,
  { world, people, drains }: StubbornView,
): Check {
  const name = people.nodeOf(part);
  const tried = drains.find((drain) => drain.node === name);
  const why = named !== undefined && tried?.phase === 'rolled-back' && tried.detail.includes(named);
  const seen = tried ? `${tried.phase}: ${tried.reason}` : 'never tried';
  return check(
    `${what} is back in service, and "${named}" is named as the reason`,
    why && isInService(name, world),
    seen,
  );
}

/** The drain of it never began, and somebody was told why. */
function neverTried({ world, people, drains }: StubbornView): Check {
  const name = people.nodeOf('bare');
  const pod = people.bare.get('bare')?.metadata.name ?? 'none';
  const refusal = drains.find(({ node, detail }) => node === null && detail.includes(name) && detail.includes(pod));
  const isUntouched = !drains.some(({ node }) => node === name) && isInService(name, world);
  const what = `the node with the bare pod was refused before any drain, and "${pod}" is named as the reason`;
  return check(what, isUntouched && refusal !== undefined, refusal?.reason ?? 'never said');
}

/** Ready and schedulable, and nothing of ours is left on it. */
function isInService(name: string, { cluster }: World): boolean {
  const node = cluster.node(name);
  if (node === undefined || !isNodeReady(node) || node.spec.unschedulable === true) return false;
  const isMarked = node.spec.taints?.some(({ key }) => key === DRAIN_TAINT) ?? false;
  return !isMarked && node.metadata.annotations?.[ANNOTATIONS.operation] === undefined;
}

function isAlive(metadata: { name: string; namespace?: string; uid: string }, { cluster }: World): boolean {
  const now = cluster.world.store.pods.get(keyOf(metadata))?.metadata;
  return now?.uid === metadata.uid && now.deletionTimestamp === undefined;
}
