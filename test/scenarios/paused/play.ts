import { settled } from '../../support/fake-clock';
import { queueIsLong } from '../support/alerts';
import type { Replica } from '../support/replica';
import { givenACluster, type Scene } from '../support/scene';
import type { Story } from './story';
import { Watch } from './watch';

export interface Play {
  readonly scene: Scene;
  readonly watch: Watch;
  /** The one that is watched, and paused. */
  readonly sleeper: Replica;
  readonly other: Replica;
}

/** Two replicas, of which the first begins the story, and is paused when it comes to the call, if one is named. */
export async function play(story: Pick<Story, 'scene' | 'given' | 'begins'>, pausedBefore?: string): Promise<Play> {
  const scene = await givenACluster({ replicas: 2, ...story.scene });
  await story.given?.(scene);
  const [sleeper, other] = scene.replicas;
  if (!sleeper || !other) throw new Error('the story needs two replicas');
  const watch = new Watch(sleeper.life, pausedBefore);
  await Promise.race([story.begins(scene), watch.paused]);
  if (pausedBefore !== undefined) await scene.eventually('it is paused', () => sleeper.life.isPaused, '30m');
  return { scene, watch, sleeper, other };
}

/** It makes the call that it has in its hands, and whatever follows at once. */
export async function wakesUp({ watch }: Play): Promise<void> {
  watch.wakeUp();
  await settled();
}

/** Alone, it acts on the next alert. */
export async function goesOnAlone({ scene, other }: Play): Promise<void> {
  await other.kill();
  const nodes = scene.cluster.readyNodes().length + 1;
  await scene.alertmanager.fires(queueIsLong({ nodes }));
  const isDone = async () => scene.cluster.readyNodes().length === nodes && (await scene.isQuiet());
  await scene.eventually('the next operation is done', isDone, '5m');
}
