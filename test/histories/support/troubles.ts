/** What goes wrong in a history, and what people do meanwhile. Each tells what it does and how it is mended. */
import { SmartScaleError } from '../../../webhook/errors';
import { KEY, MINUTE, SECOND } from '../../support/builders';
import { payloadOf } from '../../scenarios/support/alertmanager';
import { highMemory, idle, queueIsLong } from '../../scenarios/support/alerts';
import type { FiredAlert } from '../../fakes/fake-alertmanager';
import type { History } from './history';
import { OFFERINGS } from './setting';
import { markOf } from './truth';
import { short } from './witness';

type Mend = () => void;
/** Null when there is nothing to mend. */
type Trouble = (history: History) => Mend | null;

const REFUSALS = ['InsufficientInstanceCapacity', 'VcpuLimitExceeded', 'UnauthorizedOperation', 'RequestLimitExceeded'];

function needsMore(history: History): null {
  history.demand.nodes = history.draw.between(0, history.setting.policy.max + 2);
  history.tell(`the load needs ${history.demand.nodes} nodes`);
  return null;
}

function burst(history: History): Mend {
  const replicas = history.draw.between(6, 24);
  history.tell(`the shop has ${replicas} replicas`);
  history.world.cluster.scaleWorkload('shop', replicas);
  return () => history.world.cluster.scaleWorkload('shop', history.calm ? 2 : history.setting.pods);
}

// ------------------------------------------------------------------------------------ posts

/** A step, and a rule of its own: what the load needs knows nothing of it. */
const nightShift: FiredAlert = { labels: { ...idle().labels, alertname: 'NightShift' }, annotations: {} };

function oddAlert(history: History): Mend {
  const { draw, alertmanager } = history;
  const nodes = draw.between(0, history.setting.policy.max + 3);
  const alert = draw.oneOf<FiredAlert>([
    highMemory(),
    highMemory({ nodes }),
    queueIsLong({ nodes }),
    queueIsLong(),
    nightShift,
    highMemory({ nodes: 'NaN' }),
  ]);
  history.tell(`${alert.labels['alertname']} fires with ${alert.annotations?.['nodes'] ?? 'no'} nodes`);
  void alertmanager.fires(alert);
  return () => {
    history.tell(`${alert.labels['alertname']} is resolved`);
    void alertmanager.resolves(alert);
  };
}

function duplicate(history: History): null {
  const alert = history.draw.anyOf(history.demand.alerts);
  if (alert === null) return null;
  const times = history.draw.between(1, 5);
  history.tell(`${alert.labels['alertname']} is posted ${times} times more`);
  for (let i = 0; i < times; i += 1) void history.post(payloadOf({ startsAt: history.now, ...alert }, 'firing'));
  return null;
}

/** Long over, or about another number; or resolved although it fires. */
function stale(history: History): null {
  const { draw } = history;
  const nodes = draw.between(0, history.setting.policy.max + 3);
  const alert = draw.oneOf([highMemory({ nodes }), queueIsLong({ nodes }), idle({ nodes })]);
  const status = draw.oneOf(['firing', 'firing', 'resolved'] as const);
  history.tell(`a stale post says that ${alert.labels['alertname']} is ${status} with ${nodes} nodes`);
  void history.post(payloadOf({ ...alert, startsAt: history.now - 30 * MINUTE }, status));
  return null;
}

function silence(history: History): Mend {
  const { api } = history.alertmanager;
  const scale = history.draw.oneOf(['up', 'down']);
  history.tell(`a person silences scale=${scale}`);
  const id = api.silence(history.now + 60 * MINUTE, { matchers: { scale } });
  return () => api.expireSilence(id);
}

function pause(history: History): Mend {
  const direction = history.draw.oneOf(['up', 'down'] as const);
  const { store, now } = history;
  history.tell(`a person pauses ${direction}`);
  const order = { until: history.draw.chance(0.5) ? now + MINUTE : null, by: 'ann', reason: 'work', since: now };
  void store.setPause(KEY, direction, order).catch(() => undefined);
  return () => void resume(history, direction);
}

/** A person tries again until it is done. */
async function resume(history: History, direction: 'up' | 'down'): Promise<void> {
  try {
    await history.store.setPause(KEY, direction, null);
    history.tell(`a person resumes ${direction}`);
  } catch {
    await history.clock.sleep(5 * SECOND);
    await resume(history, direction);
  }
}

function noWatchdog(history: History): Mend {
  history.tell('Prometheus is down');
  history.alertmanager.api.stopUpdates();
  history.demand.evaluated = false;
  return () => {
    history.alertmanager.api.resumeUpdates();
    history.demand.evaluated = true;
  };
}

// -------------------------------------------------------------------------------- processes

function death(history: History): null {
  const process = history.draw.anyOf(history.processes.filter(({ life }) => !life.dead));
  process?.life.kill();
  return null;
}

function politeStop(history: History): null {
  const process = history.draw.anyOf(history.processes.filter(({ runs }) => runs));
  if (process === null) return null;
  history.tell(`${process.life.name} is asked to stop`);
  const stopped = Promise.race([process.service.stop(), history.clock.sleep(10 * SECOND)]);
  void stopped.then(() => process.life.kill());
  return null;
}

function birth(history: History): null {
  const alive = history.processes.filter(({ life }) => !life.dead).length;
  if (alive < history.setting.replicas) history.startProcess();
  return null;
}

// ------------------------------------------------------------------------------------ peers

function storeAway(history: History): Mend {
  history.tell('the store does not answer');
  history.store.failWith(new SmartScaleError('store-unreachable', 'the table does not answer'));
  return () => history.store.failWith(null);
}

function ec2Away(history: History): Mend {
  history.tell('EC2 does not answer');
  history.ec2.makeUnreachable();
  return () => history.ec2.makeUnreachable(false);
}

function kubernetesAway(history: History): Mend {
  history.tell('the API server does not answer');
  history.kubernetes.unreachable = true;
  return () => {
    history.kubernetes.unreachable = false;
  };
}

function alertmanagerAway(history: History): Mend {
  history.tell('Alertmanager does not answer');
  history.alertmanager.api.unreachable = true;
  return () => {
    history.alertmanager.api.unreachable = false;
  };
}

function badNetwork(history: History): Mend {
  const percent = history.draw.oneOf([2, 5, 15]);
  history.tell(`${percent} % of all calls get lost there or back`);
  history.mishaps.share = percent / 100;
  return () => {
    history.mishaps.share = 0;
  };
}

function lostReplies(history: History): null {
  history.tell('the next replies of CreateFleet and of the store get lost');
  history.ec2.loseNextReply('CreateFleet', history.draw.between(1, 3));
  history.store.loseNextReply();
  return null;
}

function refusal(history: History): null {
  const code = history.draw.oneOf(REFUSALS);
  history.tell(`EC2 answers the next CreateFleet with ${code}`);
  history.ec2.failNext('CreateFleet', code, { times: history.draw.between(1, 3) });
  return null;
}

function scarcity(history: History): Mend {
  const { cloud } = history.ec2;
  const free = history.draw.oneOf([0, 0, 1, 2]);
  history.tell(`EC2 has only ${free} machines left`);
  OFFERINGS.forEach((offering, i) => cloud.setCapacity(offering, i === 0 ? free : 0));
  return () => OFFERINGS.forEach((offering) => cloud.setCapacity(offering, 1000));
}

function noJoins(history: History): Mend {
  const next = history.draw.between(1, 3);
  history.tell(`the next ${next} machines never join`);
  history.world.joining.neverJoin({ next });
  return () => history.world.joining.neverJoin({ next: 0 });
}

// ---------------------------------------------------------------------------- people, pods

function nodeOf(history: History, which: (name: string) => boolean = () => true): string | null {
  const nodes = history.truth.nodes().filter(({ metadata }) => which(metadata.name));
  // What a drain works on is where people are most in its way.
  const marked = nodes.filter((node) => markOf(node) !== null);
  const among = marked.length > 0 && history.draw.chance(0.5) ? marked : nodes;
  return history.draw.anyOf(among.map(({ metadata }) => metadata.name));
}

function cordon(history: History): Mend | null {
  const { cluster } = history.world;
  const name = nodeOf(history);
  if (name === null) return null;
  history.tell(`a person cordons ${short(name)}`);
  cluster.cordonByHand(name);
  history.truth.lastLossAt = history.now;
  return () => uncordonNode(history, name);
}

function uncordon(history: History): null {
  const name = nodeOf(history, (it) => history.world.cluster.node(it)?.spec.unschedulable === true);
  if (name !== null) uncordonNode(history, name);
  return null;
}

function uncordonNode(history: History, name: string): void {
  if (history.world.cluster.node(name)?.spec.unschedulable !== true) return;
  history.tell(`a person uncordons ${short(name)}`);
  history.world.cluster.uncordonByHand(name);
  history.truth.lastUncordonAt = history.now;
}

function killInstance(history: History): null {
  const booting = history.truth.alive().filter(({ id }) => !history.world.cluster.node(id));
  const id = history.draw.chance(0.3) ? history.draw.anyOf(booting)?.id : nodeOf(history);
  if (!id || !history.truth.isRunning(id)) return null;
  history.witness.byHand = true;
  history.ec2.cloud.terminateByHand(id);
  history.witness.byHand = false;
  return null;
}

function deleteNode(history: History): null {
  const name = nodeOf(history);
  if (name === null) return null;
  history.tell(`a person deletes Node ${short(name)}`);
  history.world.cluster.world.store.nodes.remove(name);
  return null;
}

function hangKubelet(history: History): Mend | null {
  const { cluster } = history.world;
  const name = nodeOf(history, (it) => cluster.kubelet(it)?.state === 'ready');
  if (name === null) return null;
  history.tell(`the kubelet of ${short(name)} hangs`);
  cluster.hangKubelet(name);
  return () => cluster.resumeKubelet(name);
}

const STUBBORN = [
  { kind: 'Bare' },
  { kind: 'Deployment', annotations: { 'smartscale/safe-to-evict': 'false' } },
  { kind: 'Deployment', volumes: [{ name: 'data', hostPath: { path: '/data' } }] },
  { kind: 'Deployment', stopSeconds: 400, graceSeconds: 600 },
] as const;

function stubbornPod(history: History): Mend {
  const { cluster } = history.world;
  const { kind, ...traits } = history.draw.oneOf<(typeof STUBBORN)[number]>(STUBBORN);
  const name = `stubborn-${history.draw.between(0, 1e9)}`;
  history.tell(`a person starts ${name}: ${JSON.stringify({ kind, ...traits })}`);
  cluster.createWorkload({ name, namespace: 'default', kind, pod: { requests: { cpu: '100m' }, ...traits } });
  return () => cluster.deleteWorkload(name);
}

function budget(history: History): Mend | null {
  const { cluster } = history.world;
  if (cluster.budgets().length > 0) return null;
  history.tell('a budget lets no pod of the shop go');
  cluster.createBudget({ name: 'shop', namespace: 'default', maxUnavailable: 0 });
  return () => cluster.deleteBudget('shop');
}

/** How often each happens, against the others. */
export const TROUBLES: readonly { readonly weight: number; readonly thing: Trouble }[] = [
  { weight: 10, thing: needsMore },
  { weight: 4, thing: burst },
  { weight: 5, thing: oddAlert },
  { weight: 3, thing: duplicate },
  { weight: 2, thing: stale },
  { weight: 1, thing: silence },
  { weight: 1, thing: pause },
  { weight: 1, thing: noWatchdog },
  { weight: 4, thing: death },
  { weight: 1, thing: politeStop },
  { weight: 6, thing: birth },
  { weight: 1, thing: storeAway },
  { weight: 1, thing: ec2Away },
  { weight: 1, thing: kubernetesAway },
  { weight: 1, thing: alertmanagerAway },
  { weight: 2, thing: badNetwork },
  { weight: 2, thing: lostReplies },
  { weight: 2, thing: refusal },
  { weight: 2, thing: scarcity },
  { weight: 3, thing: noJoins },
  { weight: 2, thing: cordon },
  { weight: 2, thing: uncordon },
  { weight: 2, thing: killInstance },
  { weight: 1, thing: deleteNode },
  { weight: 1, thing: hangKubelet },
  { weight: 3, thing: stubbornPod },
  { weight: 3, thing: budget },
];
