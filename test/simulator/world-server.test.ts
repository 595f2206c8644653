import { runSimulator } from '../../simulator/main';
import type { Simulator } from '../../simulator/server';
import { startSimulator } from '../../simulator/server';
import type { WorldState } from '../../simulator/world-state';
import { parseExposition, samplesOf, valueOf } from '../support/parse-exposition';
import { buildShop, START, WORKER_TAGS } from './build-world';

interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

describe('the simulator over HTTP', () => {
  let now = START;
  let simulator: Simulator;

  beforeEach(async () => {
    now = START;
    simulator = await startSimulator({
      clock: { now: () => now },
      tickMs: 0,
      timeScale: 20,
      script: { name: 'shop', durationSeconds: 0, workloads: [buildShop()], actions: [] },
    });
  });

  afterEach(() => simulator.stop());

  function pass(seconds: number): void {
    for (let step = 0; step < seconds * 20; step += 1) {
      now += 50;
      simulator.world.tick();
    }
  }

  async function discovered(kind: string): Promise<TargetGroup[]> {
    return (await (await fetch(`${simulator.discoveryUrl}/sd/${kind}`)).json()) as TargetGroup[];
  }

  async function scrape({
    targets,
    labels,
  }: TargetGroup): Promise<{ status: number; text: string; type: string | null }> {
    const answer = await fetch(`http://${targets[0]}${labels['__metrics_path__']}`);
    return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
  }

  async function act(action: string, body: unknown): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${simulator.adminUrl}/admin/${action}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: answer.status, text: await answer.text() };
  }

  async function state(): Promise<WorldState> {
    return (await (await fetch(`${simulator.adminUrl}/admin/state`)).json()) as WorldState;
  }

  it('turns a RunInstances call into a node of the Kubernetes API and a target of node-exporter', async () => {
    const query = new URLSearchParams({
      Action: 'RunInstances',
      Version: '2016-11-15',
      ImageId: 'ami-1',
      InstanceType: 'm6i.large',
      MinCount: '1',
      MaxCount: '1',
      'TagSpecification.1.ResourceType': 'instance',
      'TagSpecification.1.Tag.1.Key': 'smartscale:pool',
      'TagSpecification.1.Tag.1.Value': 'workers',
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const launched = await fetch(simulator.ec2Url, { method: 'POST', headers, body: query.toString() });
    const id = /<instanceId>(i-[0-9a-f]+)</.exec(await launched.text())?.[1] ?? '';
    pass(3);
    const nodes = (await (await fetch(`${simulator.kubernetesUrl}/api/v1/nodes/${id}`)).json()) as {
      metadata: { labels: Record<string, string> };
    };
    expect(nodes.metadata.labels['smartscale/pool']).toBe('workers');

    const target = (await discovered('node-exporter')).find(({ labels }) => labels['node'] === id);
    if (!target) throw new Error('not discovered');
    const scraped = await scrape(target);
    expect(scraped.type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(samplesOf(parseExposition(scraped.text), 'node_cpu_seconds_total')).toHaveLength(16);
  });

  it('lists kube-state-metrics, and lists it still while it answers 503', async () => {
    const [target] = await discovered('kube-state-metrics');
    if (!target) throw new Error('not discovered');
    expect(valueOf(parseExposition((await scrape(target)).text), 'kube_node_spec_unschedulable')).toBe(0);
    expect(await act('exporter', { exporter: 'kube-state-metrics', up: false })).toMatchObject({ status: 200 });
    expect((await scrape(target)).status).toBe(503);
    expect(await discovered('kube-state-metrics')).toEqual([target]);
    await act('exporter', { exporter: 'kube-state-metrics', up: true });
    expect((await scrape(target)).status).toBe(200);
  });

  it('stops one node-exporter and leaves the others, then all', async () => {
    simulator.world.launchWorkers(1, { tags: WORKER_TAGS });
    pass(5);
    const [first, second] = await discovered('node-exporter');
    if (!first || !second) throw new Error('not discovered');
    await act('exporter', { exporter: 'node-exporter', node: first.labels['node'], up: false });
    expect([(await scrape(first)).status, (await scrape(second)).status]).toEqual([503, 200]);
    await act('exporter', { exporter: 'node-exporter', up: false });
    expect([(await scrape(first)).status, (await scrape(second)).status]).toEqual([503, 503]);
    await act('exporter', { exporter: 'node-exporter', up: true });
    expect([(await scrape(first)).status, (await scrape(second)).status]).toEqual([200, 200]);
  });

  it('answers 404 for a node that is not there, and 405 for a POST', async () => {
    expect((await fetch(`${simulator.discoveryUrl}/nodes/i-none/metrics`)).status).toBe(404);
    expect((await fetch(`${simulator.discoveryUrl}/sd/anything`)).status).toBe(404);
    expect((await fetch(`${simulator.discoveryUrl}/nodes/%zz/metrics`)).status).toBe(404);
    expect((await fetch(`${simulator.discoveryUrl}/sd/node-exporter`, { method: 'POST' })).status).toBe(405);
  });

  it('shows instances, nodes, pods and workloads, and what the admin API did to them', async () => {
    const [worker] = simulator.world.launchWorkers(1, { tags: WORKER_TAGS });
    const id = worker?.id ?? '';
    pass(5);
    await act('cordon', { node: id });
    await act('demand', { name: 'shop', resource: 'cpu', total: 1.5 });
    await act('workload-scale', { name: 'shop', replicas: 3 });
    pass(1);
    const seen = await state();
    expect(seen.instances.find((instance) => instance.id === id)).toMatchObject({ state: 'running', pool: 'workers' });
    expect(seen.nodes.find((node) => node.name === id)).toMatchObject({ ready: true, cordoned: true, pool: 'workers' });
    expect(seen.pods).toEqual({ running: 4, pending: 1, unschedulable: 1, terminating: 0 });
    expect(seen.workloads).toEqual([
      {
        workload: 'default/shop',
        replicas: 3,
        running: 2,
        wantedCpu: 1.5,
        servedCpu: expect.closeTo(1.5, 9) as number,
      },
    ]);
    await act('uncordon', { node: id });
    await act('kill-instance', { instance: id });
    pass(3);
    const after = await state();
    expect(after.instances.find((instance) => instance.id === id)?.state).toBe('terminated');
    expect(after.nodes.find((node) => node.name === id)).toMatchObject({ ready: false, cordoned: false });
    expect(after.events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['action', 'instance', 'node-joined']));
  });

  it('plays the troubles of a drain', async () => {
    const [worker] = simulator.world.launchWorkers(1, { tags: WORKER_TAGS });
    const node = worker?.id ?? '';
    const { cluster } = simulator.world;
    cluster.createWorkload({ name: 'web', namespace: 'jobs', kind: 'Bare', pod: { finalizers: ['a/b'] } });
    pass(5);
    await act('budget', { namespace: 'jobs', name: 'web', minAvailable: 1 });
    await act('touch-node', { node });
    await act('slow-kubelet', { node, seconds: 60 });
    await act('hold-volumes', { node, held: true });
    await act('eviction-webhook', { up: false });
    await act('turn-away', { calls: 1 });
    expect(cluster.troubles).toMatchObject({ evictionWebhookDown: true });
    expect((await fetch(`${simulator.kubernetesUrl}/api/v1/nodes`)).status).toBe(429);
    expect((await fetch(`${simulator.kubernetesUrl}/api/v1/nodes`)).status).toBe(200);
    expect(cluster.budgets().map(({ spec }) => spec.minAvailable)).toEqual([1]);
    await act('budget', { namespace: 'jobs', name: 'web', maxUnavailable: '100%' });
    expect(cluster.budgets().map(({ spec }) => spec.maxUnavailable)).toEqual(['100%']);
    await act('delete-budget', { namespace: 'jobs', name: 'web' });
    await act('kubelet', { node, hung: true });
    expect(cluster.kubelet(node)).toMatchObject({ state: 'hung', slowMs: 60_000 });
    await act('delete-pod', { namespace: 'jobs', name: 'web-1' });
    await act('delete-namespace', { namespace: 'jobs' });
    pass(5);
    expect(cluster.pods().filter(({ metadata }) => metadata.namespace === 'jobs')).toHaveLength(1);
    await act('kubelet', { node, hung: false });
    pass(5);
    await act('finalize-pod', { namespace: 'jobs', name: 'web-1' });
    pass(1);
    expect(cluster.pods().filter(({ metadata }) => metadata.namespace === 'jobs')).toEqual([]);
  });

  it('takes capacity away and keeps launches from joining', async () => {
    const offering = { capacityType: 'on-demand', type: 'm6i.large', zone: 'eu-central-1a' };
    await act('capacity', { ...offering, free: 1 });
    const launch = () => simulator.world.launchWorkers(1, { tags: WORKER_TAGS, zone: 'eu-central-1a' });
    await act('never-joins', { next: 1 });
    launch();
    expect(launch).toThrow(/sufficient capacity/);
    pass(30);
    expect(simulator.world.cluster.nodes().filter(({ metadata }) => metadata.labels?.['smartscale/pool'])).toEqual([]);
  });

  it.each([
    { why: 'an action that there is not', action: 'wish', body: {}, status: 404, says: /POST \/admin\/kill-instance/ },
    { why: 'an unknown pod', action: 'delete-pod', body: { name: 'x' }, status: 404, says: /no pod default\/x/ },
    { why: 'an unknown namespace', action: 'delete-namespace', body: { namespace: 'x' }, status: 404, says: /x/ },
    { why: 'an unknown budget', action: 'delete-budget', body: { name: 'x' }, status: 404, says: /no budget/ },
    { why: 'an unknown node', action: 'cordon', body: { node: 'i-none' }, status: 404, says: /no node i-none/ },
    {
      why: 'an unknown workload',
      action: 'demand',
      body: { name: 'none', resource: 'cpu', total: 1 },
      status: 404,
      says: /no workload default\/none/,
    },
    {
      why: 'two wrong values at once',
      action: 'demand',
      body: { name: 'shop', resource: 'disk', total: -1 },
      status: 400,
      says: /resource: .*total: /,
    },
    { why: 'an unknown field', action: 'cordon', body: { node: 'a', force: true }, status: 400, says: /force/ },
    {
      why: 'an unknown instance',
      action: 'kill-instance',
      body: { instance: 'i-0123456789abcdef0' },
      status: 400,
      says: /InvalidInstanceID.NotFound/,
    },
    { why: 'a huge body', action: 'cordon', body: 'x'.repeat(70_000), status: 400, says: /larger than/ },
  ])('refuses $why', async ({ action, body, status, says }) => {
    const answer = await act(action, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(says);
  });
});

describe('the simulator as a process', () => {
  function collect() {
    const [out, err]: [string[], string[]] = [[], []];
    let end = (): void => undefined;
    let printed = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const firstLine = new Promise<void>((resolve) => (printed = resolve));
    const port = {
      out: (text: string) => {
        out.push(text);
        printed();
      },
      err: (text: string) => void err.push(text),
      ended,
    };
    return { port, out, err, end, firstLine };
  }

  it('prints its URLs as one line of JSON, lives by the real clock, and ends when told', async () => {
    const { port, out, end, firstLine } = collect();
    const running = runSimulator(['--time-scale', '1000', '--tick-ms', '5', '--script', 'flash-sale'], port);
    await firstLine;
    const { adminUrl } = JSON.parse(out.join('')) as { adminUrl: string };
    const readyNodes = async () => {
      const state = (await (await fetch(`${adminUrl}/admin/state`)).json()) as WorldState;
      return state.nodes.filter(({ ready }) => ready).length;
    };
    const deadline = Date.now() + 60_000;
    while ((await readyNodes()) === 0 && Date.now() < deadline);
    expect(await readyNodes()).toBe(1);
    end();
    expect(await running).toBe(0);
    await expect(fetch(`${adminUrl}/admin/state`)).rejects.toThrow();
  });

  it('explains itself and its mistakes', async () => {
    const help = collect();
    expect(await runSimulator(['--help'], help.port)).toBe(0);
    expect(help.out.join('')).toContain('--time-scale');
    for (const [args, message] of [
      [['--time-scale', 'fast'], /--time-scale must be a number above 0/],
      [['--script', 'toString'], /--script must be one of flash-sale, none/],
      [['--colour'], /--colour/],
    ] as const) {
      const wrong = collect();
      expect(await runSimulator(args, wrong.port)).toBe(2);
      expect(wrong.err.join('')).toMatch(message);
    }
  });
});
