import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { GUARD, ServerProcess } from '../../simulator/monitoring/server-process';
import { startMonitoring, type Monitoring } from '../../simulator/monitoring/servers';
import { makeRequestRates } from '../../webhook/adapters/prometheus/request-rates';
import { eventually } from '../end-to-end/support/eventually';
import { startSurroundings, type Surroundings } from './fake-exporters';

const SCALE = 30;

/** One node of two cores, and a pod of 1.5 that finds no room beside another. */
const KUBE = `
kube_node_labels{node="n1",label_smartscale_pool="workers"} 1
kube_node_status_condition{node="n1",condition="Ready",status="true"} 1
kube_node_spec_unschedulable{node="n1"} 0
kube_node_status_allocatable{node="n1",resource="cpu",unit="core"} 2
kube_node_status_allocatable{node="n1",resource="memory",unit="byte"} 8e9
kube_node_status_allocatable{node="n1",resource="pods",unit="integer"} 110
kube_pod_info{namespace="shop",pod="a",uid="a",node="n1"} 1
kube_pod_status_phase{namespace="shop",pod="a",uid="a",phase="Running"} 1
kube_pod_container_resource_requests{namespace="shop",pod="a",uid="a",container="c",node="n1",resource="cpu",unit="core"} 1.5
kube_pod_info{namespace="shop",pod="b",uid="b",node=""} 1
kube_pod_status_phase{namespace="shop",pod="b",uid="b",phase="Pending"} 1
kube_pod_status_unschedulable{namespace="shop",pod="b",uid="b"} 1
kube_pod_container_resource_requests{namespace="shop",pod="b",uid="b",container="c",node="",resource="cpu",unit="core"} 1.5
`;
const NODE = 'node_memory_MemTotal_bytes 8e9\nnode_memory_MemAvailable_bytes 4e9\n';

async function query(url: string, expression: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  const value = body.data.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}

describe('Prometheus and Alertmanager as child processes', () => {
  let workDir: string;
  let surroundings: Surroundings;
  let monitoring: Monitoring | undefined;
  const running = (): Monitoring => monitoring as Monitoring;
  const posted = (alert: string) =>
    eventually(`a post of ${alert}`, () => surroundings.posted.find(({ labels }) => labels['alertname'] === alert));

  beforeAll(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'smartscale-monitoring-'));
    surroundings = await startSurroundings(KUBE, NODE);
    monitoring = await startMonitoring({
      binaries: await findBinaries(),
      workDir,
      timeScale: SCALE,
      cluster: 'shop',
      webhookUrl: `${surroundings.url}/alerts`,
      webhookToken: 'secret-of-the-test',
      webhookMetricsTarget: surroundings.target,
      discoveryUrl: surroundings.url,
    });
  }, 60_000);

  afterAll(async () => {
    await monitoring?.stop();
    await surroundings.close();
    await rm(workDir, { recursive: true, force: true });
  });

  it('bring an alert of the shipped rules to the webhook', async () => {
    const alert = await posted('UnschedulablePods');
    expect(alert).toMatchObject({
      status: 'firing',
      labels: { alertname: 'UnschedulablePods', scale: 'up', pool: 'workers', cluster: 'shop' },
      annotations: { nodes: '2', urgent: 'true', pods: 'unschedulable' },
    });
    expect(alert.annotations['description']).toBe(
      '1 pods fit no node of pool workers; with them it needs 2 nodes in all.',
    );
    expect(surroundings.authorizations[0]).toBe('Bearer secret-of-the-test');
  });

  it('bring what EC2 announces to a node, with the node and its pool', async () => {
    expect(await posted('SpotInterruption')).toMatchObject({
      status: 'firing',
      labels: { scale: 'replace', pool: 'workers', node: 'n1', cluster: 'shop' },
    });
  });

  it('put the label node on what node-exporter says', async () => {
    const expression = 'smartscale:node:memory_bytes{node="n1",pool="workers"}';
    expect(await eventually(expression, () => query(running().prometheusUrl, expression))).toBe(8e9);
  });

  it('tell how many requests a pool serves, and why they cannot', async () => {
    const prometheus = running().prometheusUrl;
    const ask = (query: string) => makeRequestRates({ workers: { prometheus, query } }).perSecond('workers');
    expect([await ask('sum(vector(41.5))'), await ask('scalar(vector(3))'), await ask('vector(1e-5)')]).toEqual([
      41.5, 3, 0.00001,
    ]);
    await expect(ask('nobody_counts_this')).rejects.toMatchObject({ message: 'the query gives no series' });
    await expect(ask('vector(0) / 0')).rejects.toMatchObject({ message: 'the query gives NaN' });
    await expect(ask('vector(0)')).rejects.toMatchObject({ code: 'request-rate-unknown' });
    await expect(ask('vector(1) or label_replace(vector(2), "a", "b", "", "")')).rejects.toMatchObject({
      message: 'the query gives 2 series, not one: sum them up',
    });
    await expect(ask('up[1m]')).rejects.toMatchObject({ message: 'the query gives a matrix, not a number' });
    await expect(ask('sum(')).rejects.toMatchObject({
      message: expect.stringMatching(/: HTTP 400 bad_data: /) as string,
    });
    const twice = '{__name__=~"kube_pod_info|kube_pod_status_phase"} * on() group_left() kube_pod_info';
    await expect(ask(twice)).rejects.toMatchObject({
      message: expect.stringMatching(/: HTTP 422 execution: /) as string,
    });
  });

  it('keep up with divided intervals', async () => {
    const answer = await fetch(`${running().prometheusUrl}/api/v1/rules`);
    const body = (await answer.json()) as { data: { groups: { name: string; interval: number }[] } };
    const intervals = Object.fromEntries(body.data.groups.map(({ name, interval }) => [name, interval]));
    expect(intervals).toMatchObject({ 'smartscale-kubernetes': 0.167, 'smartscale-load': 0.5 });
    const targets = await fetch(`${running().prometheusUrl}/api/v1/targets?state=active`);
    const { data } = (await targets.json()) as {
      data: { activeTargets: { scrapePool: string; scrapeInterval: string }[] };
    };
    const scraped = Object.fromEntries(
      data.activeTargets.map(({ scrapePool, scrapeInterval }) => [scrapePool, scrapeInterval]),
    );
    expect(scraped).toMatchObject({ 'kube-state-metrics': '167ms' });
    // As often as that on an idle machine; a busy one leaves some out, and answers the others.
    const before = surroundings.scrapes();
    await eventually('twenty scrapes', () => surroundings.scrapes() >= before + 20);
  });

  it('take edited rules without a restart, and refuse broken ones', async () => {
    await running().editRules((text) => text.replace('expr: vector(70)', 'expr: vector(60)'));
    const threshold = 'smartscale:high_cpu:threshold_percent == 60';
    expect(await eventually(threshold, () => query(running().prometheusUrl, threshold))).toBe(60);
    const good = await readFile(running().rulesFile, 'utf8');
    await expect(running().editRules((text) => text.replace('vector(60)', 'vector(60'))).rejects.toThrow(
      /refused to reload/,
    );
    await running().editRules(() => good);
  });

  it('come back on the same address after a restart', async () => {
    await running().restartPrometheus();
    await running().restartAlertmanager();
    // A scrape of the first moments may time out on a busy machine: what counts is that one succeeds.
    const target = 'up{job="kube-state-metrics"} == 1';
    expect(await eventually(target, () => query(running().prometheusUrl, target))).toBe(1);
    await running().reload();
  });
});

/** Starts a child as ServerProcess does, says its process group, and waits to be killed. */
const PARENT = `
  const { spawn } = require('node:child_process');
  const child = spawn('/bin/sh', ['-c', process.env.GUARD, 'sh', 'sleep', '60'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  console.log(child.pid);
  setInterval(() => undefined, 1000);
`;

function groupIsAlive(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

describe('a server process', () => {
  let workDir: string;

  beforeEach(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'smartscale-server-'));
  });

  afterEach(() => rm(workDir, { recursive: true }));

  it('says what the server said when it does not start', async () => {
    const logFile = join(workDir, 'log');
    const server = new ServerProcess({
      name: 'Test',
      program: '/bin/sh',
      args: ['-c', 'echo the disk is full >&2; exit 3'],
      url: 'http://127.0.0.1:9',
      logFile,
      runIn: workDir,
    });
    await expect(server.start()).rejects.toThrow(/Test ended at its start; .*\n?the disk is full/);
  });

  it('ends with its parent, even when that is killed', async () => {
    const parent = spawn(process.execPath, ['-e', PARENT], {
      env: { ...process.env, GUARD },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
    const group = Number(chunk.toString());
    expect(groupIsAlive(group)).toBe(true);
    parent.kill('SIGKILL');
    await eventually('the end of the child', () => !groupIsAlive(group));
  });
});
