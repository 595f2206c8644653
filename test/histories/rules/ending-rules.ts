/** What must be so once all trouble has ended and time has passed. */
import { TAGS } from '../../../webhook/model/names';
import { Broken } from '../support/story';
import { markOf, type Truth } from '../support/truth';

/** What is not in order, null when everything is. `wanted`: nodes that the load needs. */
export function endingOf(truth: Truth, wanted: number): Broken | null {
  return openOnes(truth) ?? marks(truth) ?? deadNodes(truth) ?? orphans(truth) ?? size(truth, wanted);
}

function openOnes({ open }: Truth): Broken | null {
  const [operation] = open;
  if (!operation) return null;
  const { id, phase, reason = '', lastError } = operation;
  return new Broken('never-ends', `${id} is still ${phase} ${reason} ${lastError?.message ?? ''}`);
}

function marks(truth: Truth): Broken | null {
  const node = truth.nodes().find((it) => markOf(it) !== null || it.spec.unschedulable === true);
  return node ? new Broken('half-drained', `${node.metadata.name} carries ${markOf(node) ?? 'a cordon'}`) : null;
}

function deadNodes(truth: Truth): Broken | null {
  const node = truth.nodes().find(({ metadata }) => !truth.isRunning(metadata.name));
  return node ? new Broken('dead-node', `Node ${node.metadata.name} is there, its instance is not`) : null;
}

function orphans(truth: Truth): Broken | null {
  const orphan = truth.alive().find(({ id }) => !truth.world.cluster.node(id));
  if (!orphan) return null;
  return new Broken('orphan', `${orphan.id} of ${orphan.tags[TAGS.operation] ?? 'people'} lives and is no node`);
}

/**
 * What was launched in the place of a node that stayed after all may be above max, as long as it is asked for; and what a
 * process launched whose time was over: nobody gives back what the load needs.
 */
function size(truth: Truth, wanted: number): Broken | null {
  const { min, max, maxSurge } = truth.policy;
  const serving = truth.serving().length;
  const expected = Math.min(max, Math.max(min, wanted));
  const late = truth.serving().filter(({ metadata }) => truth.late.has(metadata.name)).length;
  const surplus = serving > max && serving <= Math.min(wanted, max + maxSurge + late);
  if (serving === expected || surplus) return null;
  return new Broken('level', `${serving} nodes serve, ${expected} are asked for`);
}
