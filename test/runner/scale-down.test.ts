import { TAGS } from '../../webhook/model/names';
import type { ScaleDown } from '../../webhook/model/operation';
import { KEY, MINUTE, NOW, SECOND, aDownAlert, aScaleDown, anAlert, signals } from '../support/builders';
import { settled } from '../support/fake-clock';
import { World, type Replica } from '../support/world';

const replicas: Replica[] = [];

/** Three workers, each with one pod of its own, of which operation `down` is to give one back. */
async function setUp(world = new World()): Promise<World> {
  for (const node of await world.haveWorkers(3)) world.kubernetes.addPod({ name: `app-${node}`, node });
  await world.open(aScaleDown('down', { acceptedAt: NOW, phaseAt: NOW, deadline: NOW + 5 * MINUTE }));
  replicas.push(await world.startReplica('replica-a'));
  return world;
}

afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
});

const evictions = (world: World) => world.kubernetes.calls.filter((call) => call.startsWith('evict'));

async function expectUntouched(world: World): Promise<void> {
  expect(world.alive()).toHaveLength(3);
  const nodes = await world.nodes();
  expect(nodes.filter((node) => node.cordoned || node.markedBy !== null || node.taints.length > 0)).toEqual([]);
  expect(nodes).toHaveLength(3);
}

/** The pods of every node are kept by a budget that allows nothing. */
/** It allows what is asked when the node is chosen, and nothing any more when the pod is evicted. */
function forbidDisruption(world: World) {
  const budget = { name: 'keep', namespace: 'default', labels: {}, allowed: 1, contested: true };
  world.kubernetes.budgets.push(budget);
  return budget;
}

const draining = (world: World) => world.until<ScaleDown>('down', (it) => it.phase === 'draining');

describe('a scale-down', () => {
  it('drains one node, terminates its instance and removes the Node', async () => {
    const world = await setUp();
    const ending = await world.untilClosed('down');
    expect(ending).toMatchObject({ phase: 'done', evicted: 1 });
    const { name } = ending['node'] as { name: string };
    expect(world.alive().map((it) => it.id)).not.toContain(name);
    expect(world.alive()).toHaveLength(2);
    expect((await world.nodes()).map((node) => node.name)).not.toContain(name);
    expect((await world.kubernetes.listPods()).map((pod) => pod.node)).not.toContain(name);
  });

  it('keeps the order: mark, evict, terminate, delete', async () => {
    const world = await setUp();
    await world.untilClosed('down');
    const steps = world.kubernetes.calls
      .map((call) => call.split(' ')[0] ?? '')
      .filter((call) => !call.startsWith('list'));
    expect(steps).toEqual(['markNode', 'evict', 'deleteNode']);
    expect(world.ec2.requests.filter((it) => it.action === 'TerminateInstances')).toHaveLength(1);
  });

  it('starts only the down clock', async () => {
    const world = await setUp();
    await world.untilClosed('down');
    const state = await world.store.readPool(KEY);
    expect(state.closedAt).toEqual(expect.any(Number));
    expect(state).not.toHaveProperty('upClosedAt');
    expect(state).not.toHaveProperty('backoff');
  });

  it('asks for a new look at once', async () => {
    const world = await setUp();
    await world.untilClosed('down');
    await settled();
    expect(replicas[0]?.looks()).toBe(1);
  });

  it('asks for none when it came to nothing: without a cooldown the same would be tried as fast as it fails', async () => {
    const world = new World();
    world.level = () => signals();
    await setUp(world);
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'rolled-back' });
    await settled();
    expect(replicas[0]?.looks()).toBe(0);
  });

  it('touches nothing when it is not confirmed', async () => {
    const world = new World();
    world.level = () => signals();
    await setUp(world);
    expect(await world.untilClosed('down')).toMatchObject({
      phase: 'rolled-back',
      reason: 'not-confirmed',
      node: null,
    });
    await expectUntouched(world);
    expect(world.kubernetes.calls.filter((call) => call.startsWith('mark'))).toEqual([]);
  });

  it('waits for an Alertmanager that does not answer, until the deadline', async () => {
    const world = new World();
    world.level = () => signals([], { alertmanagerSilent: true });
    await setUp(world);
    await world.clock.advance(4 * MINUTE);
    expect(await world.operation('down')).toMatchObject({ phase: 'accepted' });
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'rolled-back', reason: 'deadline' });
    await expectUntouched(world);
  });

  it('uncordons when an up alert fires while it settles', async () => {
    const world = await setUp();
    await world.until<ScaleDown>('down', (it) => it.phase === 'cordoned');
    world.level = () => signals([aDownAlert('Idle'), anAlert('HighCpu', { heardAt: null })]);
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'rolled-back', detail: 'HighCpu fires' });
    await expectUntouched(world);
    expect(evictions(world)).toEqual([]);
  });

  it('goes on although its own cordon ends the down alert', async () => {
    const world = await setUp();
    await world.until<ScaleDown>('down', (it) => it.phase === 'cordoned');
    world.level = () => signals();
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'done' });
  });

  it('leaves a node alone that a person has cordoned meanwhile', async () => {
    const world = new World();
    let chosen: string | null = null;
    const mark = world.kubernetes.markNode.bind(world.kubernetes);
    world.kubernetes.markNode = (node, operation) => {
      chosen = node.name;
      world.kubernetes.cordon(node.name);
      return mark(node, operation);
    };
    await setUp(world);
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'rolled-back', reason: 'taken' });
    expect(world.kubernetes.node(String(chosen))).toMatchObject({ cordoned: true, markedBy: null });
    expect(world.alive()).toHaveLength(3);
  });

  it('marks again after a conflict', async () => {
    const world = new World();
    const ids = await world.haveWorkers(3);
    for (const id of ids) world.kubernetes.raceNext(id);
    await world.open(aScaleDown('down', { acceptedAt: NOW, phaseAt: NOW }));
    replicas.push(await world.startReplica('replica-a'));
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'done' });
    expect(world.kubernetes.calls.filter((call) => call.startsWith('markNode'))).toHaveLength(2);
  });
});

describe('in mid-drain', () => {
  it('a budget that says no is honoured until the deadline, then the node serves again', async () => {
    const world = await setUp();
    forbidDisruption(world);
    const ending = await world.untilClosed('down');
    expect(ending).toMatchObject({ phase: 'rolled-back', reason: 'blocked-by-disruption-budget', evicted: 0 });
    expect(ending['detail']).toContain('The disruption budget keep allows no disruption');
    await expectUntouched(world);
    expect((await world.kubernetes.listPods()).every((pod) => !pod.terminating)).toBe(true);
  });

  it('a budget that is known to say no keeps every node as it is, and is told', async () => {
    const world = new World();
    forbidDisruption(world).allowed = 0;
    await setUp(world);
    expect(await world.untilClosed('down')).toMatchObject({
      phase: 'rolled-back',
      reason: 'blocked-by-disruption-budget',
      node: null,
    });
    expect(world.kubernetes.calls.filter((call) => /^(?:mark|evict)/.test(call))).toEqual([]);
    await expectUntouched(world);
  });

  it('budgets that nobody may read are waited for until the deadline, and no node is touched', async () => {
    const world = new World();
    world.kubernetes.failNext('listBudgets', 'kubernetes-forbidden', 1000);
    await setUp(world);
    expect(await world.untilClosed('down')).toMatchObject({
      phase: 'rolled-back',
      reason: 'unknown-state',
      detail: expect.stringContaining('listBudgets: made to fail') as string,
    });
    expect(world.kubernetes.calls.filter((call) => call.startsWith('mark'))).toEqual([]);
  });

  it('goes on as soon as budgets can be read', async () => {
    const world = new World();
    world.kubernetes.failNext('listBudgets', 'kubernetes-unreachable', 3);
    await setUp(world);
    const ending = await world.untilClosed('down');
    expect(ending).toMatchObject({ phase: 'done' });
    expect(ending).not.toHaveProperty('reason');
  });

  it('asks at the pace that Retry-After sets', async () => {
    const world = await setUp();
    forbidDisruption(world);
    const { node } = await draining(world);
    const answer = { kind: 'refused-by-budget' as const, retryAfterMs: 60 * SECOND, message: 'wait a minute' };
    world.kubernetes.answerEvictions(
      { namespace: 'default', name: `app-${node?.name}` },
      ...Array.from({ length: 50 }, () => answer),
    );
    const before = evictions(world).length;
    await world.clock.advance(10 * MINUTE);
    const asked = evictions(world).length - before;
    expect(asked).toBeGreaterThanOrEqual(9);
    expect(asked).toBeLessThanOrEqual(11);
  });

  it('asks at least every ten seconds or so without Retry-After, and goes on when the budget allows', async () => {
    const world = await setUp();
    const budget = forbidDisruption(world);
    await draining(world);
    await world.clock.advance(5 * MINUTE);
    expect(evictions(world).length).toBeLessThan(40);
    budget.allowed = 1;
    await world.clock.advance(15 * SECOND);
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'done', evicted: 1 });
  });

  it('a scale-up takes the node back: nothing is terminated', async () => {
    const world = await setUp();
    forbidDisruption(world);
    const { revision } = await draining(world);
    const { version, operations } = await world.store.readPool(KEY);
    const cancel = [{ id: 'down', revision: operations['down']?.revision ?? revision, by: 'up' }];
    await expect(world.store.accept(KEY, { version, operations: [], cancel })).resolves.toBe('written');
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'rolled-back', reason: 'cancelled' });
    await expectUntouched(world);
  });

  it('a person uncordons: that is an order', async () => {
    const world = await setUp();
    forbidDisruption(world);
    const { node } = await draining(world);
    await world.clock.advance(10 * SECOND);
    world.kubernetes.cordon(node?.name ?? '', false);
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'rolled-back', reason: 'uncordoned-by-person' });
    await expectUntouched(world);
  });

  it('evictions that are forbidden for good end it at once', async () => {
    const world = new World();
    world.kubernetes.failNext('evict', 'kubernetes-forbidden', 100);
    await setUp(world);
    const begun = world.clock.now();
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'rolled-back', reason: 'refused-by-api-server' });
    expect(world.clock.now() - begun).toBeLessThan(MINUTE);
    await expectUntouched(world);
  });

  it('trouble of the API server is waited out, and is not called a budget', async () => {
    const world = new World();
    world.kubernetes.failNext('evict', 'kubernetes-unreachable', 3);
    await setUp(world);
    await draining(world);
    await world.clock.advance(SECOND);
    expect((await world.operation<ScaleDown>('down'))?.reason).toBeUndefined();
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'done' });
  });
});

describe('terminating', () => {
  it('is asked for again until EC2 has heard it', async () => {
    const world = new World();
    world.ec2.failNext('TerminateInstances', 'InternalError', { times: 4 });
    await setUp(world);
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'done' });
    expect(world.alive()).toHaveLength(2);
  });

  it('is asked for again when the instance is still there after a minute', async () => {
    const world = new World();
    let deaf = 2;
    const terminate = world.ec2.terminate.bind(world.ec2);
    world.ec2.terminate = async (ids) => {
      if (deaf-- <= 0) await terminate(ids);
    };
    await setUp(world);
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'done' });
    expect(world.alive()).toHaveLength(2);
  });

  it('removes a Node that registers again under a new uid', async () => {
    const world = new World();
    let ghosts = 2;
    const remove = world.kubernetes.deleteNode.bind(world.kubernetes);
    world.kubernetes.deleteNode = async (ref) => {
      const answer = await remove(ref);
      if (ghosts-- > 0) world.kubernetes.addNode({ name: ref.name, instanceId: ref.name, uid: `ghost-${ghosts}` });
      return answer;
    };
    await setUp(world);
    expect(await world.untilClosed('down')).toMatchObject({ phase: 'done' });
    expect(await world.nodes()).toHaveLength(2);
    expect(world.kubernetes.calls.filter((call) => call.startsWith('deleteNode'))).toHaveLength(3);
  });

  it('repeats for as long as it takes: there is no way back', async () => {
    const world = new World();
    world.ec2.failNext('TerminateInstances', 'OperationNotPermitted', { times: 1000 });
    await setUp(world);
    const stuck = await world.until<ScaleDown>(
      'down',
      (it) => it.phase === 'terminating' && it.lastError !== undefined,
    );
    await world.clock.advance(30 * MINUTE);
    expect(await world.operation('down')).toMatchObject({ phase: 'terminating', deadline: null });
    expect(stuck.lastError?.code).toBe('ec2-termination-protected');
  });

  it('touches only the instance that was drained', async () => {
    const world = await setUp();
    const ending = await world.untilClosed('down');
    const target = (ending['node'] as { instanceId: string }).instanceId;
    const asked = world.ec2.requests.filter((it) => it.action === 'TerminateInstances');
    expect(asked.map((it) => it.params['ids'])).toEqual([[target]]);
    expect(world.ec2.instances.find((it) => it.id === target)?.tags[TAGS.pool]).toBe(KEY.pool);
  });
});
