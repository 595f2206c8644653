import { count, type Counts } from '../../webhook/decision/counting';
import { TAGS } from '../../webhook/model/names';
import type { CompleteObservation, InstanceState } from '../../webhook/model/observation';
import type { Operation } from '../../webhook/model/operation';
import {
  KEY,
  NOW,
  aDrain,
  aLaunchedScaleUp,
  aMarkedNode,
  aNode,
  aPoolState,
  aScaleDown,
  aScaleUp,
  anInstance,
  observation,
  together,
  workers,
} from '../support/builders';

function counts(seen: CompleteObservation, ...operations: readonly Operation[]): Counts {
  return count(KEY, aPoolState(operations), seen);
}

const tagged = (operation: string) => ({ tags: { [TAGS.operation]: operation } });

describe('what counts as a node', () => {
  it('counts Ready, schedulable nodes of the pool', () => {
    expect(counts(workers(3))).toEqual({ have: 3, alive: 3, free: 3, joining: 0 });
  });

  it.each<[string, CompleteObservation['nodes'][number], Partial<Counts>]>([
    ['a NotReady node', aNode('i-9', { ready: false }), { have: 2, alive: 3, free: 2 }],
    ['a node that a person has cordoned', aNode('i-9', { cordoned: true }), { have: 2, alive: 3, free: 2 }],
    ['a node of the control plane', aNode('i-9', { controlPlane: true }), { have: 2, alive: 3, free: 2 }],
    ['a node of another pool', aNode('i-9', { pool: 'batch' }), { have: 2, alive: 3, free: 2 }],
    ['a node of no pool', aNode('i-9', { pool: null }), { have: 2, alive: 3, free: 2 }],
  ])('leaves out %s', (_name, node, expected) => {
    const seen = together(workers(2), observation({ instances: [anInstance('i-9')], nodes: [node] }));
    expect(counts(seen)).toMatchObject(expected);
  });

  it.each<[InstanceState, number]>([
    ['pending', 3],
    ['running', 3],
    ['stopping', 3],
    ['stopped', 3],
    ['shutting-down', 2],
    ['terminated', 2],
  ])('counts a %s instance without a node against max: %i alive', (state, alive) => {
    const seen = together(workers(2), observation({ instances: [anInstance('i-9', { state })] }));
    expect(counts(seen)).toMatchObject({ have: 2, alive, free: 2 });
  });

  it.each([
    ['another cluster', { [TAGS.cluster]: 'other' }],
    ['another pool', { [TAGS.pool]: 'batch' }],
  ])('counts no instance of %s', (_name, tags) => {
    const seen = together(workers(2), observation({ instances: [anInstance('i-9', { tags })] }));
    expect(counts(seen)).toMatchObject({ alive: 2 });
  });

  it('counts a permanent worker that people own as a node, and against max', () => {
    const seen = together(workers(2), observation({ nodes: [aNode('metal', { instanceId: null })] }));
    expect(counts(seen)).toEqual({ have: 3, alive: 3, free: 3, joining: 0 });
  });

  it('counts a worker on an instance that is not ours against max', () => {
    const seen = together(workers(2), observation({ nodes: [aNode('i-theirs')] }));
    expect(counts(seen)).toMatchObject({ have: 3, alive: 3 });
  });

  it.each<InstanceState>(['shutting-down', 'terminated'])(
    'does not let min rest on a node whose instance is %s although its kubelet was last seen Ready',
    (state) => {
      const seen = together(
        workers(2),
        observation({ instances: [anInstance('i-9', { state })], nodes: [aNode('i-9')] }),
      );
      expect(counts(seen)).toMatchObject({ alive: 2, free: 2 });
    },
  );
});

describe('an open scale-up', () => {
  it('counts what it planned before EC2 has answered', () => {
    expect(counts(workers(2), aScaleUp('up', { phase: 'launching', planned: 3 }))).toEqual({
      have: 5,
      alive: 5,
      free: 2,
      joining: 3,
    });
  });

  it('counts once what EC2 lists by tag although the answer was lost', () => {
    const seen = together(workers(2), observation({ instances: [anInstance('i-7', tagged('up'))] }));
    expect(counts(seen, aScaleUp('up', { phase: 'launching', planned: 3 }))).toMatchObject({ have: 5, alive: 5 });
  });

  it('still waits for a node that came without the label of the pool: it serves no pod of the pool', () => {
    const instances = [anInstance('i-7', tagged('up'))];
    const seen = together(workers(2), observation({ instances, nodes: [aNode('i-7', { pool: null })] }));
    const up = aScaleUp('up', { phase: 'joining', planned: 1, answered: true, instances: [{ id: 'i-7' }] });
    expect(counts(seen, up)).toMatchObject({ have: 3, alive: 3, joining: 1 });
  });

  it('counts what EC2 gave and does not list yet', () => {
    expect(counts(workers(2), aLaunchedScaleUp('up', ['i-7', 'i-8']))).toMatchObject({ have: 4, alive: 4, joining: 2 });
  });

  it('counts a node once from the moment it is Ready, but not towards min while the scale-up is open', () => {
    const seen = together(
      workers(2),
      observation({
        instances: [anInstance('i-7', tagged('up')), anInstance('i-8', tagged('up'))],
        nodes: [aNode('i-7')],
      }),
    );
    expect(counts(seen, aLaunchedScaleUp('up', ['i-7', 'i-8']))).toEqual({ have: 4, alive: 4, free: 2, joining: 1 });
  });

  it('counts a Ready node once although EC2 does not list its instance yet', () => {
    const seen = together(workers(2), observation({ nodes: [aNode('i-7')] }));
    expect(counts(seen, aLaunchedScaleUp('up', ['i-7']))).toEqual({ have: 3, alive: 3, free: 2, joining: 0 });
  });

  it.each<InstanceState>(['terminated', 'shutting-down'])('does not wait for an instance that is %s', (state) => {
    const seen = together(workers(2), observation({ instances: [anInstance('i-7', { state, ...tagged('up') })] }));
    expect(counts(seen, aLaunchedScaleUp('up', ['i-7', 'i-8']))).toMatchObject({ have: 3, alive: 3, joining: 1 });
  });

  it('does not wait for an instance that is noted as gone', () => {
    const up = aLaunchedScaleUp('up', [], { planned: 2, instances: [{ id: 'i-7', goneAt: NOW }, { id: 'i-8' }] });
    expect(counts(workers(2), up)).toMatchObject({ have: 3, alive: 3, joining: 1 });
  });

  it('counts an ended instance, whose node is still Ready, only once', () => {
    const seen = together(
      workers(2),
      observation({
        instances: [anInstance('i-7', { state: 'shutting-down', ...tagged('up') }), anInstance('i-8', tagged('up'))],
        nodes: [aNode('i-7')],
      }),
    );
    expect(counts(seen, aLaunchedScaleUp('up', ['i-7', 'i-8']))).toMatchObject({ have: 3, alive: 3 });
  });

  it('brings nothing more while it rolls back, but what is alive counts against max', () => {
    const seen = together(workers(2), observation({ instances: [anInstance('i-7', tagged('up'))] }));
    const up = aLaunchedScaleUp('up', ['i-7'], { phase: 'rolling-back' });
    expect(counts(seen, up)).toMatchObject({ have: 2, alive: 3, joining: 0 });
  });

  it('counts each of two open ones', () => {
    expect(
      counts(workers(2), aLaunchedScaleUp('a', ['i-7']), aScaleUp('b', { phase: 'launching', planned: 2 })),
    ).toMatchObject({ have: 5, alive: 5, joining: 3 });
  });

  it('no longer counts once closed', () => {
    expect(counts(workers(2), aScaleUp('up', { phase: 'done', planned: 3 }))).toMatchObject({ have: 2, alive: 2 });
  });
});

describe('an open scale-down', () => {
  it('takes one away from acceptance on, before a node is chosen', () => {
    expect(counts(workers(3), aScaleDown('down'))).toEqual({ have: 2, alive: 3, free: 2, joining: 0 });
  });

  it('takes its node away before the cordon is seen, and only that one', () => {
    const down = aDrain('down', 'i-3', { phase: 'accepted' });
    expect(counts(workers(3), down)).toEqual({ have: 2, alive: 3, free: 2, joining: 0 });
  });

  it('takes its cordoned node away once, not twice', () => {
    const seen = together(
      workers(2),
      observation({ instances: [anInstance('i-3')], nodes: [aMarkedNode('i-3', 'down')] }),
    );
    expect(counts(seen, aDrain('down', 'i-3'))).toEqual({ have: 2, alive: 3, free: 2, joining: 0 });
  });

  it('gives its node back to the pool, but not to min, when it is cancelled', () => {
    const seen = together(
      workers(2),
      observation({ instances: [anInstance('i-3')], nodes: [aMarkedNode('i-3', 'down')] }),
    );
    expect(counts(seen, aDrain('down', 'i-3', { cancelledBy: 'up' }))).toMatchObject({ have: 3, alive: 3, free: 2 });
    expect(counts(seen, aDrain('down', 'i-3', { phase: 'rolling-back' }))).toMatchObject({ have: 3, free: 2 });
  });

  it('gives back nothing when its node is no longer Ready, or another one under the same name', () => {
    const down = aDrain('down', 'i-3', { phase: 'rolling-back' });
    const notReady = observation({ instances: [anInstance('i-3')], nodes: [aNode('i-3', { ready: false })] });
    const reborn = observation({ instances: [anInstance('i-3')], nodes: [aNode('i-3', { uid: 'new' })] });
    expect(counts(together(workers(2), notReady), down)).toMatchObject({ have: 2 });
    expect(counts(together(workers(2), reborn), down)).toMatchObject({ have: 2 });
  });

  it('takes nothing away any more when it is cancelled before it has a node', () => {
    expect(counts(workers(3), aScaleDown('down', { cancelledBy: 'up' }))).toMatchObject({ have: 3, free: 3 });
  });

  it('cannot be cancelled while it terminates', () => {
    const down = aDrain('down', 'i-3', { phase: 'terminating', cancelledBy: 'up', deadline: null });
    expect(counts(workers(3), down)).toMatchObject({ have: 2, alive: 3, free: 2 });
  });

  it('counts each of several', () => {
    const downs = [aScaleDown('a'), aDrain('b', 'i-4'), aDrain('c', 'i-5', { phase: 'rolling-back' })];
    expect(counts(workers(5), ...downs)).toMatchObject({ have: 3, alive: 5, free: 2 });
  });
});

describe('the mark of an operation that is over', () => {
  const marked = (overrides = {}) =>
    together(
      workers(2),
      observation({ instances: [anInstance('i-9')], nodes: [aMarkedNode('i-9', 'op-over', overrides)] }),
    );

  it('leaves the node to the pool, but not to min: the next sweep undoes it, and nothing is bought meanwhile', () => {
    expect(counts(marked())).toEqual({ have: 3, alive: 3, free: 2, joining: 0 });
  });

  it('leaves a node that is not Ready out, as ever', () => {
    expect(counts(marked({ ready: false }))).toMatchObject({ have: 2, free: 2 });
  });

  it('is no reason to count a node twice that an open scale-down is about to mark', () => {
    const down = aScaleDown('op-b', { node: { name: 'i-9', uid: aNode('i-9').uid, instanceId: 'i-9' } });
    expect(counts(marked(), down)).toMatchObject({ have: 2, free: 2 });
    expect(counts(marked(), { ...down, cancelledBy: 'op-c' })).toMatchObject({ have: 3, free: 2 });
  });
});

describe('a dry run', () => {
  it('counts what it would have made of the pool', () => {
    expect(count(KEY, aPoolState([], { virtualHave: 6 }), workers(2))).toEqual({
      have: 6,
      alive: 6,
      free: 6,
      joining: 0,
    });
  });
});
