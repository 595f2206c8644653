/** What runs on the cluster, and how much of it. */
import type { History } from '../support/history';
import type { Mend } from './trouble';

export function needsMore(history: History): null {
  history.demand.nodes = history.draw.between(0, history.setting.policy.max + 2);
  history.tell(`the load needs ${history.demand.nodes} nodes`);
  return null;
}

export function burst(history: History): Mend {
  const replicas = history.draw.between(6, 24);
  history.tell(`the shop has ${replicas} replicas`);
  history.world.cluster.scaleWorkload('shop', replicas);
  return () => history.world.cluster.scaleWorkload('shop', history.calm ? 2 : history.setting.pods);
}

const STUBBORN = [
  { kind: 'Bare' },
  { kind: 'Deployment', annotations: { 'smartscale/safe-to-evict': 'false' } },
  { kind: 'Deployment', annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } },
  { kind: 'Deployment', annotations: { 'karpenter.sh/do-not-disrupt': 'true' } },
  { kind: 'Deployment', volumes: [{ name: 'data', hostPath: { path: '/data' } }] },
  { kind: 'Deployment', stopSeconds: 400, graceSeconds: 600 },
] as const;

export function stubbornPod(history: History): Mend {
  const { cluster } = history.world;
  const { kind, ...traits } = history.draw.oneOf<(typeof STUBBORN)[number]>(STUBBORN);
  const name = `stubborn-${history.draw.between(0, 1e9)}`;
  history.tell(`a person starts ${name}: ${JSON.stringify({ kind, ...traits })}`);
  cluster.createWorkload({ name, namespace: 'default', kind, pod: { requests: { cpu: '100m' }, ...traits } });
  return () => cluster.deleteWorkload(name);
}

export function budget(history: History): Mend | null {
  const { cluster } = history.world;
  if (cluster.budgets().length > 0) return null;
  history.tell('a budget lets no pod of the shop go');
  cluster.createBudget({ name: 'shop', namespace: 'default', maxUnavailable: 0 });
  return () => cluster.deleteBudget('shop');
}
