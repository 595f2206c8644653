import { SmartScaleError } from '../../webhook/errors';
import { nextRound } from '../../webhook/operation/launch-plan';
import type { Action, ActionResult } from '../../webhook/operation/step';
import type { MarkAnswer } from '../../webhook/ports';
import { Evictor } from '../../webhook/runner/evictor';
import { clientToken, perform } from '../../webhook/runner/perform';
import { KEY, aDrain, aScaleUp, aView } from '../support/builders';
import { World } from '../support/world';

const up = aScaleUp('up', { phase: 'launching', planned: 2, attempt: 1 });

function setUp() {
  const world = new World();
  const evictor = new Evictor(world.kubernetes, world.clock);
  const { store, ec2, kubernetes, clock } = world;
  const deps = { key: KEY, policy: world.policy, store, ec2, kubernetes, clock, evictor };
  const [request] = nextRound({ ...up, attempt: 0 }, aView({ policy: world.policy }));
  if (!request) throw new Error('nothing is planned');
  const run = (action: Action, operation: Parameters<typeof perform>[0] = up) => perform(operation, action, deps);
  return { world, deps, request, run };
}

describe('launching', () => {
  it('stores the attempt with its token before anything is sent', async () => {
    const { world, request, run } = setUp();
    await expect(run({ do: 'store-attempt', number: 1, round: [request] })).resolves.toEqual({ result: 'ok' });
    expect(await world.store.readAttempt(KEY, 'up', 1)).toEqual({
      operation: 'up',
      number: 1,
      launches: [{ token: clientToken(KEY, 'up', 1, request), request }],
      at: world.clock.now(),
    });
    expect(world.ec2.requests).toEqual([]);
  });

  it('sends what was stored, not what would be planned now', async () => {
    const { world, request, run } = setUp();
    await run({ do: 'store-attempt', number: 1, round: [request] });
    await run({ do: 'store-attempt', number: 1, round: [{ ...request, count: 9 }] });
    await expect(run({ do: 'create-fleet', number: 1 })).resolves.toMatchObject({ result: 'launched', faults: [] });
    expect(world.alive()).toHaveLength(2);
    expect(world.ec2.requests[0]?.params).toMatchObject({ request, token: clientToken(KEY, 'up', 1, request) });
  });

  it('launches once however often it is asked', async () => {
    const { world, request, run } = setUp();
    await run({ do: 'store-attempt', number: 1, round: [request] });
    const answers = [await run({ do: 'create-fleet', number: 1 }), await run({ do: 'create-fleet', number: 1 })];
    expect(answers[1]).toEqual(answers[0]);
    expect(world.alive()).toHaveLength(2);
  });

  it('fails without a stored attempt, and sends nothing', async () => {
    const { world, run } = setUp();
    await expect(run({ do: 'create-fleet', number: 1 })).resolves.toMatchObject({
      result: 'failed',
      fault: { code: 'internal' },
    });
    expect(world.ec2.requests).toEqual([]);
  });

  it.each([
    ['UnauthorizedOperation', 'refused'],
    ['VcpuLimitExceeded', 'refused'],
    ['InternalError', 'failed'],
    ['RequestLimitExceeded', 'failed'],
  ])('takes %s for %s', async (code, result) => {
    const { world, request, run } = setUp();
    await run({ do: 'store-attempt', number: 1, round: [request] });
    world.ec2.failNext('CreateFleet', code);
    await expect(run({ do: 'create-fleet', number: 1 })).resolves.toMatchObject({ result });
  });
});

describe('an ownership that has run out', () => {
  const actions: readonly Action[] = [
    { do: 'create-fleet', number: 1 },
    { do: 'terminate', ids: ['i-1'] },
    { do: 'mark', node: { name: 'i-1', uid: 'u', instanceId: 'i-1' } },
    { do: 'evict', pods: [{ namespace: 'default', name: 'web', uid: 'u' }] },
  ];

  it.each(actions)('makes no call to $do', async (action) => {
    const { world, deps } = setUp();
    const touched = () => Promise.reject(new Error('the world was touched'));
    const ports = { ec2: refusing(world.ec2, touched), kubernetes: refusing(world.kubernetes, touched) };
    const evictor = new Evictor(ports.kubernetes, world.clock);
    const late = { ...up, ownerUntil: world.clock.now() };
    await expect(perform(late, action, { ...deps, ...ports, evictor })).resolves.toBeNull();
  });

  it('launches nothing when it ends while the request is read', async () => {
    const { world, deps, request, run } = setUp();
    await run({ do: 'store-attempt', number: 1, round: [request] });
    const unasked = () => Promise.reject(new Error('not asked for'));
    const store = {
      putAttempt: unasked,
      putJoined: unasked,
      putMark: unasked,
      readMarks: unasked,
      putConsole: unasked,
      readAttempt: async (...of: Parameters<typeof world.store.readAttempt>) => {
        await world.clock.advance(up.ownerUntil - world.clock.now());
        return world.store.readAttempt(...of);
      },
    };
    await expect(perform(up, { do: 'create-fleet', number: 1 }, { ...deps, store })).resolves.toBeNull();
    expect(world.ec2.requests).toEqual([]);
  });
});

function refusing<T extends object>(port: T, refuse: () => Promise<never>): T {
  return new Proxy(port, { get: () => refuse });
}

describe('the client token', () => {
  const { request } = setUp();
  const token = clientToken(KEY, 'up', 1, request);

  it('is the same for the same request, and short enough for EC2', () => {
    expect(clientToken({ ...KEY }, 'up', 1, structuredClone(request))).toBe(token);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['cluster', clientToken({ ...KEY, cluster: 'other' }, 'up', 1, request)],
    ['pool', clientToken({ ...KEY, pool: 'other' }, 'up', 1, request)],
    ['operation', clientToken(KEY, 'up2', 1, request)],
    ['attempt', clientToken(KEY, 'up', 2, request)],
    ['count', clientToken(KEY, 'up', 1, { ...request, count: 3 })],
    ['order of overrides', clientToken(KEY, 'up', 1, { ...request, overrides: [...request.overrides].reverse() })],
    ['tags', clientToken(KEY, 'up', 1, { ...request, tags: {} })],
  ])('is another for another %s', (_name, other) => {
    expect(other).not.toBe(token);
  });
});

describe('the other calls', () => {
  it('remembers every instance that joined', async () => {
    const { world, run } = setUp();
    await run({ do: 'remember-joined', ids: ['i-1', 'i-2'] });
    expect(await world.store.hasJoined(KEY, 'i-1')).toBe(true);
    expect(await world.store.hasJoined(KEY, 'i-2')).toBe(true);
  });

  it.each<[MarkAnswer, ActionResult]>([
    ['marked', { result: 'ok' }],
    [
      'conflict',
      {
        result: 'failed',
        fault: {
          code: 'kubernetes-unreachable',
          retryable: true,
          message: '409 somebody else changed node i-1 at the same moment',
        },
      },
    ],
    ['gone', { result: 'not-ours', reason: 'node-gone' }],
    ['taken', { result: 'not-ours', reason: 'taken' }],
  ])('takes a node that is %s for %j', async (answer, expected) => {
    const { deps } = setUp();
    const node = { name: 'i-1', uid: 'u', instanceId: 'i-1' };
    const kubernetes = { ...deps.kubernetes, markNode: () => Promise.resolve(answer) };
    const mark: Action = { do: 'mark', node };
    await expect(perform(aDrain('down', 'i-1'), mark, { ...deps, kubernetes } as never)).resolves.toEqual(expected);
  });

  it('marks, unmarks and deletes the very Node', async () => {
    const { world, run } = setUp();
    const [name = ''] = await world.haveWorkers(1);
    const node = { name, uid: world.kubernetes.node(name)?.uid ?? '', instanceId: name };
    const down = aDrain('down', name);
    await run({ do: 'mark', node }, down);
    expect(world.kubernetes.node(name)).toMatchObject({ markedBy: 'down', cordoned: true });
    await run({ do: 'unmark', node }, down);
    expect(world.kubernetes.node(name)).toMatchObject({ markedBy: null, cordoned: false });
    await run({ do: 'delete-node', node: { name, uid: 'another' } }, down);
    expect(world.kubernetes.node(name)).toBeDefined();
    await run({ do: 'delete-node', node }, down);
    expect(world.kubernetes.node(name)).toBeUndefined();
  });

  it('does not call a mark undone that somebody else was writing beside', async () => {
    const { world, run } = setUp();
    const [name = ''] = await world.haveWorkers(1);
    const node = { name, uid: world.kubernetes.node(name)?.uid ?? '', instanceId: name };
    await run({ do: 'mark', node }, aDrain('down', name));
    world.kubernetes.raceNext(name);
    const fault = { code: 'kubernetes-unreachable', message: expect.stringContaining(name) as string };
    expect(await run({ do: 'unmark', node }, aDrain('down', name))).toMatchObject({ result: 'failed', fault });
    expect(await run({ do: 'unmark', node }, aDrain('down', name))).toEqual({ result: 'ok' });
  });

  it('gives every failure as data', async () => {
    const { world, run } = setUp();
    world.ec2.makeUnreachable();
    await expect(run({ do: 'terminate', ids: ['i-1'] })).resolves.toMatchObject({ result: 'failed' });
    world.store.failWith(new SmartScaleError('store-unreachable', 'timeout'));
    await expect(run({ do: 'remember-joined', ids: ['i-1'] })).resolves.toEqual({
      result: 'failed',
      fault: { code: 'store-unreachable', retryable: true, message: 'timeout' },
    });
  });
});
