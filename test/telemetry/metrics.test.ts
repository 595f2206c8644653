import { Metrics } from '../../webhook/telemetry/metrics';
import { NODE_STATES } from '../../webhook/telemetry/node-states';
import type { ClusterGauges, PoolGauges } from '../../webhook/telemetry/gauge-spec';
import {
  aDrain,
  aLaunchedScaleUp,
  anInstance,
  aNode,
  aPolicy,
  aScaleDown,
  aScaleUp,
  aTrigger,
  blindness,
  GIB,
  KEY,
  MINUTE,
  NOW,
  SECOND,
  workers,
} from '../support/builders';
import { seriesIn, seriesOf } from './series';

const POOL = 'cluster=shop,pool=workers';
let metrics: Metrics;

beforeEach(() => {
  metrics = new Metrics({ version: '1.2.3', now: () => NOW, ofProcess: false });
});

function aPool(overrides: Partial<PoolGauges> = {}): PoolGauges {
  return {
    key: KEY,
    policy: aPolicy(),
    operations: [],
    cooldown: { up: 0, down: 0, backoff: 0 },
    circuit: { state: 'closed', failures: 0 },
    cost: { now: null, month: null },
    ...overrides,
  };
}

function clusters(latest: Partial<ClusterGauges['latest']> = {}): ReadonlyMap<string, ClusterGauges> {
  return new Map([[KEY.cluster, { latest: { observation: null, sweep: null, ...latest } }]]);
}

async function textOf(pools: readonly PoolGauges[] = [], world = clusters()): Promise<string> {
  return (await metrics.metrics(pools, world)).body;
}

describe('what happened', () => {
  test('what sweeps removed is counted by what it was', async () => {
    const node = aNode('i-2');
    const removed = [
      { kind: 'orphan', id: 'orphan/i-1', pool: 'workers', instanceId: 'i-1' },
      { kind: 'dead-node', id: 'dead-node/u', pool: 'workers', node, instanceId: 'i-2', said: 'terminated' },
      { kind: 'stale-mark', id: 'stale-mark/u/op', pool: 'workers', node, operation: 'op' },
    ] as const;
    const report = { at: NOW, removed, reported: [], refused: [], unvouched: null };
    metrics.swept('shop', report);
    metrics.swept('shop', { ...report, removed: removed.slice(0, 1), reported: removed });
    expect(seriesOf(await textOf(), 'smartscale_swept_total')).toEqual({
      [`${POOL},finding=orphan`]: 2,
      [`${POOL},finding=dead-node`]: 1,
      [`${POOL},finding=stale-mark`]: 1,
    });
  });

  test('decisions are counted by outcome and reason', async () => {
    metrics.decided(KEY, { outcome: 'hold', reason: 'cooling-down' });
    metrics.decided(KEY, { outcome: 'hold', reason: 'cooling-down' });
    metrics.decided(KEY, { outcome: 'scale-up', reason: 'accepted' });
    expect(seriesOf(await textOf(), 'smartscale_decisions_total')).toEqual({
      [`${POOL},outcome=hold,reason=cooling-down`]: 2,
      [`${POOL},outcome=scale-up,reason=accepted`]: 1,
    });
  });

  test('posts are counted by what became of them', async () => {
    metrics.posted('decided');
    metrics.posted('bad-json');
    expect(seriesOf(await textOf(), 'smartscale_posts_total')).toEqual({ 'result=decided': 1, 'result=bad-json': 1 });
  });

  test('what was asked of Redis is counted by what came of it, and where there is none nothing is', async () => {
    metrics.redisAsked('recall', 'off');
    expect(seriesOf(await textOf(), 'smartscale_redis_requests_total')).toEqual({});
    metrics.redisAsked('recall', 'hit');
    metrics.redisAsked('recall', 'hit');
    metrics.redisAsked('check', 'error');
    expect(seriesOf(await textOf(), 'smartscale_redis_requests_total')).toEqual({
      'request=recall,result=hit': 2,
      'request=check,result=error': 1,
    });
  });

  test('the time from the alert to the launch is observed once a scale-up, when its instances are known', async () => {
    const launching = aScaleUp('a', { phase: 'launching', trigger: aTrigger({ heardAt: NOW - 4 * SECOND }) });
    const joining = { ...launching, phase: 'joining' as const, launchedAt: NOW - SECOND };
    metrics.operations.entered(KEY, launching, aScaleUp('a'));
    metrics.operations.entered(KEY, joining, launching);
    metrics.operations.entered(KEY, { ...joining, phase: 'done' }, joining);
    metrics.operations.entered(KEY, aDrain('d', 'i-1'), aScaleDown('d'));
    const text = await textOf();
    expect(seriesOf(text, 'smartscale_alert_to_launch_seconds_count')).toEqual({ [POOL]: 1 });
    expect(seriesOf(text, 'smartscale_alert_to_launch_seconds_sum')).toEqual({ [POOL]: 3 });
  });

  test('the time from the launch to the Ready node is observed for each instance that joined', async () => {
    const operation = aLaunchedScaleUp('a', ['i-1', 'i-2', 'i-3'], {
      launchedAt: NOW - 40 * SECOND,
      instances: [{ id: 'i-1', joinedAt: NOW }, { id: 'i-2', joinedAt: NOW - 10 * SECOND }, { id: 'i-3' }],
    });
    const joined = (ids: readonly string[]) => ({ do: 'remember-joined', ids }) as const;
    metrics.operations.acted(KEY, operation, joined(['i-2']), { result: 'ok' });
    metrics.operations.acted(KEY, operation, joined(['i-1', 'i-3']), { result: 'ok' });
    const fault = { code: 'store-unreachable', retryable: true, message: 'x' } as const;
    metrics.operations.acted(KEY, operation, joined(['i-1']), { result: 'failed', fault });
    metrics.operations.acted(KEY, operation, { do: 'terminate', ids: ['i-1'] }, { result: 'ok' });
    const text = await textOf();
    expect(seriesOf(text, 'smartscale_launch_to_ready_seconds_count')).toEqual({ [POOL]: 2 });
    expect(seriesOf(text, 'smartscale_launch_to_ready_seconds_sum')).toEqual({ [POOL]: 70 });
  });

  test('a time that two clocks make negative is observed as none', async () => {
    const before = aScaleUp('a', { phase: 'launching', trigger: aTrigger({ heardAt: NOW + SECOND }) });
    metrics.operations.entered(KEY, { ...before, phase: 'joining', launchedAt: NOW }, before);
    expect(seriesOf(await textOf(), 'smartscale_alert_to_launch_seconds_sum')).toEqual({ [POOL]: 0 });
  });

  test('both histograms tell fractions of a second apart', async () => {
    const before = aScaleUp('a', { phase: 'launching', trigger: aTrigger({ heardAt: NOW - 200 }) });
    metrics.operations.entered(KEY, { ...before, phase: 'joining', launchedAt: NOW }, before);
    const buckets = seriesOf(await textOf(), 'smartscale_alert_to_launch_seconds_bucket');
    expect([buckets[`le=0.1,${POOL}`], buckets[`le=0.25,${POOL}`]]).toEqual([0, 1]);
  });

  test('operations that closed are counted by their end, looks by their length', async () => {
    metrics.operations.closed(KEY, aScaleUp('a', { phase: 'rolled-back' }), NOW);
    metrics.evaluated(KEY, 30);
    const text = await textOf();
    expect(seriesOf(text, 'smartscale_operations_total')).toEqual({ [`${POOL},kind=scale-up,phase=rolled-back`]: 1 });
    expect(seriesOf(text, 'smartscale_evaluation_seconds_sum')).toEqual({ [POOL]: 0.03 });
  });
});

describe('what failed', () => {
  test('instances that never joined are counted by why: each by its own end, the others by that of the scale-up', async () => {
    const metrics = new Metrics({ version: 'test', now: () => NOW, ofProcess: false });
    const ended = { class: 'ec2-no-capacity', type: 'm6i.large', spot: true } as const;
    const lost = aLaunchedScaleUp('up', [], {
      phase: 'rolled-back',
      reason: 'not-registered',
      instances: [
        { id: 'i-1', joinedAt: NOW },
        { id: 'i-2' },
        { id: 'i-3', goneAt: NOW, ended },
        { id: 'i-4', goneAt: NOW },
      ],
    });
    metrics.operations.closed(KEY, lost, NOW);
    const { body } = await metrics.metrics([], new Map());
    expect(seriesOf(body, 'smartscale_instances_lost_total')).toEqual({
      [`${POOL},reason=not-registered`]: 1,
      [`${POOL},reason=ec2-no-capacity`]: 1,
      [`${POOL},reason=instance-ended`]: 1,
    });
  });

  test('is counted by the call and the code, in part or as a whole', async () => {
    const metrics = new Metrics({ version: 'test', now: () => NOW, ofProcess: false });
    const up = aScaleUp('up');
    const quota = { code: 'ec2-quota', retryable: true, message: '' } as const;
    const fleet = { do: 'create-fleet', number: 1 } as const;
    metrics.operations.acted(KEY, up, fleet, { result: 'refused', fault: quota, elsewhere: true });
    metrics.operations.acted(KEY, up, fleet, {
      result: 'launched',
      instances: [{ id: 'i-1' }],
      faults: [quota],
      elsewhere: true,
    });
    metrics.operations.acted(KEY, up, fleet, {
      result: 'launched',
      instances: [{ id: 'i-2' }],
      faults: [],
      elsewhere: false,
    });
    const { body } = await metrics.metrics([], new Map());
    expect(seriesOf(body, 'smartscale_action_failures_total')).toEqual({
      [`${POOL},action=create-fleet,code=ec2-quota`]: 2,
    });
  });
});

describe('what is', () => {
  test('limits and the offer of a new node are those of the configuration', async () => {
    const policy = aPolicy({
      min: 1,
      max: 7,
      node: { allocatable: { cpu: 1.93, memory: GIB, pods: 58 }, labels: {}, taints: [] },
    });
    const text = await textOf([aPool({ policy })]);
    expect(seriesOf(text, 'smartscale_pool_limit')).toEqual({ [`${POOL},limit=min`]: 1, [`${POOL},limit=max`]: 7 });
    expect(seriesOf(text, 'smartscale_pool_node_allocatable')).toEqual({
      [`${POOL},resource=cpu`]: 1.93,
      [`${POOL},resource=memory`]: GIB,
      [`${POOL},resource=pods`]: 58,
    });
  });

  test('cooldowns are what is left of them in seconds', async () => {
    const text = await textOf([aPool({ cooldown: { up: 1500, down: 0, backoff: 60_000 } })]);
    expect(seriesOf(text, 'smartscale_cooldown_seconds')).toEqual({
      [`${POOL},clock=up`]: 1.5,
      [`${POOL},clock=down`]: 0,
      [`${POOL},clock=backoff`]: 60,
    });
  });

  test('failed launches in a row, and whether only one node at a time is tried', async () => {
    const text = await textOf([aPool({ circuit: { state: 'half-open', failures: 4 } })]);
    expect(seriesOf(text, 'smartscale_failed_launches')).toEqual({ [POOL]: 4 });
    expect(seriesOf(text, 'smartscale_circuit_open')).toEqual({ [POOL]: 1 });
    expect(seriesOf(await textOf([aPool()]), 'smartscale_circuit_open')).toEqual({ [POOL]: 0 });
  });

  test('of the operations of a phase the oldest is shown', async () => {
    const operations = [
      aScaleUp('a', { acceptedAt: NOW - MINUTE }),
      aScaleUp('b', { acceptedAt: NOW - 2 * MINUTE }),
      aDrain('d', 'i-1', { acceptedAt: NOW - SECOND }),
    ];
    expect(seriesOf(await textOf([aPool({ operations })]), 'smartscale_operation_age_seconds')).toEqual({
      [`${POOL},kind=scale-up,phase=accepted`]: 120,
      [`${POOL},kind=scale-down,phase=draining`]: 1,
    });
  });

  test('an operation that has closed has no series any more', async () => {
    await textOf([aPool({ operations: [aScaleUp('a')] })]);
    expect(seriesOf(await textOf([aPool()]), 'smartscale_operation_age_seconds')).toEqual({});
  });

  test('nodes are shown by state', async () => {
    const seen = workers(3, {
      nodes: [
        aNode('i-1'),
        aNode('i-2', { cordoned: true, markedBy: 'd' }),
        aNode('i-3', { ready: false }),
        aNode('i-4', { cordoned: true }),
        aNode('cp', { controlPlane: true }),
      ],
    });
    const operations = [aDrain('d', 'i-2'), aScaleUp('a', { phase: 'launching', planned: 2 })];
    const text = await textOf([aPool({ operations })], clusters({ observation: seen }));
    const counts = { ready: 1, cordoned: 1, draining: 1, 'not-ready': 1, joining: 2 };
    expect(seriesOf(text, 'smartscale_nodes')).toEqual(
      Object.fromEntries(NODE_STATES.map((state) => [`${POOL},state=${state}`, counts[state]])),
    );
  });

  test.each([
    ['nobody has looked yet', null],
    ['K3s cannot be read', blindness()],
  ])('while %s no number of nodes is shown', async (_why, observation) => {
    const text = await textOf([aPool()], clusters({ observation }));
    expect(seriesOf(text, 'smartscale_nodes')).toEqual({});
    expect(Object.keys(seriesOf(text, 'smartscale_pool_limit'))).toHaveLength(2);
  });

  test('what a pool costs is shown by line; what nobody knows the price of is counted and has no series', async () => {
    const line = { zone: 'eu-central-1a', type: 'm6i.large', lifecycle: 'spot', instances: 2 } as const;
    const lines = [
      { ...line, dollarsPerHour: 0.088 },
      { ...line, type: 'x9.large', dollarsPerHour: null },
    ];
    const text = await textOf([aPool({ cost: { now: { lines, dollarsPerHour: 0.088, unpriced: 2 }, month: null } })]);
    expect(seriesOf(text, 'smartscale_cost_dollars_per_hour')).toEqual({
      [`${POOL},zone=eu-central-1a,type=m6i.large,lifecycle=spot`]: 0.088,
    });
    expect(seriesOf(text, 'smartscale_cost_unpriced_instances')).toEqual({ [POOL]: 2 });
    const unseen = await textOf([aPool()]);
    expect(seriesOf(unseen, 'smartscale_cost_dollars_per_hour')).toEqual({});
    expect(seriesOf(unseen, 'smartscale_cost_unpriced_instances')).toEqual({});
  });

  test('what a request costs is shown while it is known', async () => {
    const rate = { known: true, perSecond: 1, at: NOW } as const;
    const cost = (dollars: number | null) => ({ now: null, month: null, perRequest: { rate, dollars, because: null } });
    const shown = async (pool: Partial<PoolGauges>) =>
      seriesOf(await textOf([aPool(pool)]), 'smartscale_cost_per_request_dollars');
    expect(await shown({ cost: cost(0.0000012) })).toEqual({ [POOL]: 0.0000012 });
    expect(await shown({ cost: cost(null) })).toEqual({});
    expect(await shown({})).toEqual({});
  });

  test('findings of the last sweep are shown by what was done about them', async () => {
    const orphan = (id: string) => ({ kind: 'orphan', id: `orphan/${id}`, pool: 'workers', instanceId: id }) as const;
    const sweep = {
      at: NOW,
      removed: [orphan('i-1'), orphan('i-2')],
      reported: [orphan('i-3')],
      refused: [{ pool: 'gpu', removals: 4, size: 5 }],
      unvouched: { message: 'EC2 is somebody else’s', unknown: 2, heldBack: [orphan('i-4')] },
    };
    expect(seriesOf(await textOf([], clusters({ sweep })), 'smartscale_sweep_findings')).toEqual({
      [`${POOL},outcome=removed`]: 2,
      [`${POOL},outcome=reported`]: 1,
      'cluster=shop,pool=gpu,outcome=refused': 4,
      [`${POOL},outcome=unvouched`]: 1,
    });
    expect(seriesOf(await textOf([], clusters({ sweep })), 'smartscale_sweep_unknown_nodes')).toEqual({
      'cluster=shop': 2,
    });
  });

  test('findings that are there no more show no series, and no sweep none at all', async () => {
    const sweep = { at: NOW, removed: [], reported: [], refused: [], unvouched: null };
    const now = await textOf([], clusters({ sweep }));
    expect(seriesOf(now, 'smartscale_sweep_findings')).toEqual({});
    expect(seriesOf(now, 'smartscale_sweep_unknown_nodes')).toEqual({ 'cluster=shop': 0 });
    const none = await textOf([], clusters());
    expect(seriesOf(none, 'smartscale_sweep_findings')).toEqual({});
    expect(seriesOf(none, 'smartscale_sweep_unknown_nodes')).toEqual({});
  });
});

describe('the text', () => {
  test('says which build it is of', async () => {
    expect(seriesOf(await textOf(), 'smartscale_build_info')).toEqual({
      [`version=1.2.3,node=${process.versions.node}`]: 1,
    });
  });

  test('names its format, and has no series twice', async () => {
    metrics.decided(KEY, { outcome: 'hold', reason: 'enough' });
    const { contentType, body } = await metrics.metrics([aPool()], clusters({ observation: workers(2) }));
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(seriesIn(body).size).toBe(body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length);
  });

  test('shows the process too unless told otherwise', async () => {
    const { body } = await new Metrics({ version: '1', now: () => NOW }).metrics([], new Map());
    expect(seriesOf(body, 'process_resident_memory_bytes')).not.toEqual({});
    expect(await textOf()).not.toContain('process_resident_memory_bytes');
  });

  test('of two services in one process is not shared', async () => {
    metrics.posted('decided');
    const other = new Metrics({ version: '1', now: () => NOW, ofProcess: false });
    expect(seriesOf((await other.metrics([], new Map())).body, 'smartscale_posts_total')).toEqual({});
  });
});

describe('joining', () => {
  test.each([
    ['no instance is known yet', aScaleUp('a', { phase: 'launching', planned: 2 }), workers(0), 2],
    ['one of two is Ready', aLaunchedScaleUp('a', ['i-1', 'i-2']), workers(1), 1],
    [
      'one is there but not Ready',
      aLaunchedScaleUp('a', ['i-1']),
      workers(1, { nodes: [aNode('i-1', { ready: false })] }),
      1,
    ],
    [
      'one ended before',
      aLaunchedScaleUp('a', ['i-1']),
      workers(0, { instances: [anInstance('i-1', { state: 'terminated' })] }),
      0,
    ],
    ['it rolls back', aLaunchedScaleUp('a', ['i-1'], { phase: 'rolling-back' }), workers(0), 0],
  ])('counts what an open scale-up still brings: %s', async (_what, operation, observation, joining) => {
    const text = await textOf([aPool({ operations: [operation] })], clusters({ observation }));
    expect(seriesOf(text, 'smartscale_nodes')).toMatchObject({ [`${POOL},state=joining`]: joining });
  });
});
