import { samplesOf, valueOf } from '../support/parse-exposition';
import { buildShop, buildWorld, play, scraped, WORKER_TAGS } from './build-world';

function eventsOf({ world }: ReturnType<typeof buildWorld>, kind: string): string[] {
  return world.log.events.filter((event) => event.kind === kind).map((event) => JSON.stringify(event));
}

describe('an instance that runs', () => {
  it('becomes a Ready node named by its id after pending, join and ready delay', () => {
    const { world, run } = buildWorld();
    const [instance] = world.launchWorkers(1, { tags: WORKER_TAGS, type: 'm6i.large', zone: 'eu-central-1b' });
    run(37.5);
    expect(world.cluster.nodes()).toEqual([]);
    run(1);
    const [node] = world.cluster.nodes();
    expect(node?.metadata.name).toBe(instance?.id);
    expect(node?.spec.providerID).toBe(`aws:///eu-central-1b/${instance?.id}`);
    expect(node?.metadata.labels).toMatchObject({
      'smartscale/pool': 'workers',
      'topology.kubernetes.io/zone': 'eu-central-1b',
      'topology.kubernetes.io/region': 'eu-central-1',
      'node.kubernetes.io/instance-type': 'm6i.large',
    });
    expect(node?.status.allocatable).toEqual({ cpu: '2', memory: '7969177Ki', pods: '110' });
    expect(ready(world)).toEqual([]);
    run(10);
    expect(ready(world)).toEqual([instance?.id]);
  });

  it('does all of that faster by the time scale', () => {
    const { world, run } = buildWorld({ timeScale: 20 });
    world.launchWorkers(1, { tags: WORKER_TAGS });
    run(2.3, 0.05);
    expect(ready(world)).toEqual([]);
    run(0.2, 0.05);
    expect(ready(world)).toHaveLength(1);
  });

  it('that never joins stays an instance without a node', () => {
    const { world, run } = buildWorld();
    world.perform({ kind: 'never-joins', next: 1 });
    const [never, second] = world.launchWorkers(2, { tags: WORKER_TAGS });
    run(600, 5);
    expect(world.cloud.instances.map(({ state }) => state)).toEqual(['running', 'running']);
    expect(world.cluster.nodes().map(({ metadata }) => metadata.name)).toEqual([second?.id]);
    expect(world.monitoredNodes()).not.toContain(never?.id);
  });

  it('carries the label permanent when its tag says so', () => {
    const { world, run } = buildWorld();
    world.launchWorkers(1, { tags: { ...WORKER_TAGS, 'smartscale:permanent': 'true' } });
    run(60);
    expect(world.cluster.nodes()[0]?.metadata.labels?.['smartscale/permanent']).toBe('true');
  });
});

describe('an instance that is killed', () => {
  it('leaves a node that turns NotReady after the grace period, and no exporter', () => {
    const { world, run } = buildWorld();
    const [instance] = world.launchWorkers(1, { tags: WORKER_TAGS });
    const id = instance?.id ?? '';
    run(60);
    expect(world.monitoredNodes()).toEqual([id]);
    world.perform({ kind: 'kill-instance', instance: id });
    expect(world.monitoredNodes()).toEqual([]);
    expect(world.nodeExporter(id)).toBe('unknown');
    run(39);
    expect(ready(world)).toEqual([id]);
    run(2);
    expect(ready(world)).toEqual([]);
    const condition = scraped(world.kubeStateMetrics());
    expect(valueOf(condition, 'kube_node_status_condition', { node: id, condition: 'Ready', status: 'unknown' })).toBe(
      1,
    );
  });

  it('before it joined never becomes a node', () => {
    const { world, run } = buildWorld();
    const [instance] = world.launchWorkers(1, { tags: WORKER_TAGS });
    run(20);
    world.perform({ kind: 'kill-instance', instance: instance?.id ?? '' });
    run(120, 5);
    expect(world.cluster.nodes()).toEqual([]);
  });
});

describe('the load', () => {
  it('shows in the counters of the nodes that carry its pods', () => {
    const { world, run } = buildWorld();
    world.launchWorkers(2, { tags: WORKER_TAGS });
    play(world, buildShop({ replicas: 2, cpu: { total: 1 } }));
    run(120);
    const before = world.monitoredNodes().map((node) => busySeconds(world, node));
    run(100);
    const used = world.monitoredNodes().map((node, index) => busySeconds(world, node) - (before[index] ?? 0));
    // The shop's single core, spread over the pods wherever they are, and the base use of two machines.
    expect(used.reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(110, 0);
    expect(world.use.workloads.get('default/shop')).toEqual({ running: 2, wantedCpu: 1, servedCpu: 1 });
  });

  it('saturates a node at 100 % and no further', () => {
    const { world, run } = buildWorld();
    world.launchWorkers(1, { tags: WORKER_TAGS });
    play(world, buildShop({ cpu: { total: 10 } }));
    run(120);
    const [node = ''] = world.monitoredNodes();
    const before = busySeconds(world, node);
    run(50);
    expect(busySeconds(world, node) - before).toBeCloseTo(100, 1);
  });

  it('leaves pods unschedulable that find no room, and kube-state-metrics says so', () => {
    const { world, run } = buildWorld();
    world.launchWorkers(1, { tags: WORKER_TAGS });
    play(world, buildShop({ replicas: 6 }));
    run(120);
    const families = scraped(world.kubeStateMetrics());
    expect(samplesOf(families, 'kube_pod_status_unschedulable')).toHaveLength(2);
    expect(
      samplesOf(families, 'kube_pod_status_phase', { phase: 'Running' }).filter((s) => s.value === 1),
    ).toHaveLength(5);
  });

  it('is resized by hand and by the script, each time as an event', () => {
    const built = buildWorld();
    const { world, run } = built;
    play(
      world,
      buildShop({
        replicas: [
          [0, 1],
          [100, 1],
          [100, 4],
        ],
      }),
    );
    run(101);
    world.perform({ kind: 'workload-scale', namespace: 'default', name: 'shop', replicas: 2 });
    run(1);
    expect(eventsOf(built, 'replicas').map((text) => (JSON.parse(text) as { replicas: number }).replicas)).toEqual([
      1, 4, 2,
    ]);
    expect(world.cluster.pods().filter(({ metadata }) => metadata.labels?.['app'] === 'shop')).toHaveLength(2);
  });
});

describe('the K3s server', () => {
  it('is Ready from the start, no worker, and carries none of our tags', () => {
    const { world, run } = buildWorld({ controlPlane: true });
    run(15);
    const { pool: _, ...anywhere } = buildShop();
    play(world, anywhere);
    run(60);
    const families = scraped(world.kubeStateMetrics());
    expect(samplesOf(families, 'kube_node_role').map((s) => s.labels['role'])).toEqual(['control-plane']);
    expect(samplesOf(families, 'kube_pod_status_unschedulable')).toHaveLength(2);
    expect(Object.keys(world.cloud.instances[0]?.tags ?? {}).filter((tag) => tag.startsWith('smartscale:'))).toEqual(
      [],
    );
  });
});

describe('actions', () => {
  it('of a script happen at their time', () => {
    const { world, run } = buildWorld({ timeScale: 10 });
    world.play({
      name: 'outage',
      durationSeconds: 100,
      workloads: [],
      actions: [{ atSeconds: 50, action: { kind: 'exporter', exporter: 'kube-state-metrics', up: false } }],
    });
    run(4.9);
    expect(world.kubeStateMetrics()).not.toBe('stopped');
    run(0.2);
    expect(world.kubeStateMetrics()).toBe('stopped');
  });

  it('on what does not exist say so', () => {
    const { world } = buildWorld();
    expect(() => world.perform({ kind: 'cordon', node: 'i-none' })).toThrow('no node i-none');
    expect(() => world.perform({ kind: 'demand', namespace: 'a', name: 'b', resource: 'cpu', total: 1 })).toThrow(
      'no workload a/b',
    );
    expect(() => world.perform({ kind: 'kill-instance', instance: 'i-0123456789abcdef0' })).toThrow(
      'i-0123456789abcdef0',
    );
    expect(world.log.events.filter(({ kind }) => kind === 'action')).toEqual([]);
  });

  it('cordon and uncordon a node, as events too', () => {
    const built = buildWorld();
    const [instance] = built.world.launchWorkers(1, { tags: WORKER_TAGS });
    const node = instance?.id ?? '';
    built.run(60);
    built.world.perform({ kind: 'cordon', node });
    built.run(1);
    expect(valueOf(scraped(built.world.kubeStateMetrics()), 'kube_node_spec_unschedulable', { node })).toBe(1);
    built.world.perform({ kind: 'uncordon', node });
    built.run(1);
    expect(eventsOf(built, 'node-cordoned')).toEqual([
      expect.stringContaining('"cordoned":true'),
      expect.stringContaining('"cordoned":false'),
    ]);
  });
});

describe('the same seed', () => {
  function history(seed: number): string {
    const { world, run } = buildWorld({
      seed,
      joining: { joinDelayMs: { min: 10_000, max: 60_000 }, neverJoinShare: 0.2 },
    });
    play(
      world,
      buildShop({
        replicas: [
          [0, 1],
          [300, 20],
        ],
        budget: { maxUnavailable: 1 },
      }),
    );
    world.launchWorkers(8, { tags: WORKER_TAGS });
    run(200);
    world.perform({ kind: 'kill-instance', instance: world.cloud.instances[2]?.id ?? '' });
    run(300);
    return JSON.stringify([world.log.events, world.cluster.pods(), world.cluster.nodes()]);
  }

  it('and the same clock give the same history, another seed another one', () => {
    const first = history(4);
    expect(history(4)).toBe(first);
    expect(history(5)).not.toBe(first);
    expect(first.length).toBeGreaterThan(1000);
  });
});

function ready(world: ReturnType<typeof buildWorld>['world']): string[] {
  return world.cluster
    .nodes()
    .filter(({ status }) => status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'))
    .map(({ metadata }) => metadata.name);
}

function busySeconds(world: ReturnType<typeof buildWorld>['world'], node: string): number {
  return samplesOf(scraped(world.nodeExporter(node)), 'node_cpu_seconds_total')
    .filter(({ labels }) => labels['mode'] !== 'idle')
    .reduce((sum, { value }) => sum + value, 0);
}
