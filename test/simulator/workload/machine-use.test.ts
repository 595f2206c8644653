import type { MachineShape } from '../../../simulator/exporters/node-meter';
import { BASE_USE, clusterUse, placementOf } from '../../../simulator/workload/machine-use';
import type { WorkloadModel } from '../../../simulator/workload/workload-model';
import { buildPod } from '../exporters/build-objects';

const MIB = 2 ** 20;
const MACHINES = new Map<string, MachineShape>([
  ['i-1', { cores: 2, memory: 8192 * MIB }],
  ['i-2', { cores: 2, memory: 8192 * MIB }],
]);

const SHOP: WorkloadModel = {
  name: 'shop',
  namespace: 'default',
  requests: { cpu: '500m', memory: '256Mi' },
  replicas: 4,
  cpu: { total: 1.6 },
  memory: { perPod: 200 * MIB },
};

function onNode(node: string, name: string, deleted = false) {
  const metadata = deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
  return buildPod({ name, metadata, spec: { nodeName: node } });
}

function busy(pods: ReturnType<typeof onNode>[], models: WorkloadModel[] = [SHOP], seconds = 0) {
  const { machines, workloads } = clusterUse(MACHINES, placementOf(pods), models, seconds);
  return {
    cpu: ['i-1', 'i-2'].map((node) => round((machines.get(node)?.cpu ?? NaN) - BASE_USE.cpu)),
    memory: ['i-1', 'i-2'].map((node) => (machines.get(node)?.memory ?? NaN) - BASE_USE.memory),
    shop: workloads.get('default/shop'),
  };
}

/** Nano-cores: sums of decimal fractions have no exact last digit. */
function round(cores: number): number {
  return Math.round(cores * 1e9) / 1e9;
}

describe('what machines use', () => {
  it('is the base alone without pods', () => {
    expect(busy([]).cpu).toEqual([0, 0]);
    expect(busy([]).shop).toEqual({ running: 0, wantedCpu: 1.6, servedCpu: 0 });
  });

  it('spreads a total demand evenly over running pods, and counts memory per pod', () => {
    const use = busy([onNode('i-1', 'a'), onNode('i-1', 'b'), onNode('i-1', 'c'), onNode('i-2', 'd')]);
    expect(use.cpu[0]).toBeCloseTo(1.2, 9);
    expect(use.cpu[1]).toBeCloseTo(0.4, 9);
    expect(use.memory).toEqual([600 * MIB, 200 * MIB]);
    expect(use.shop).toEqual({ running: 4, wantedCpu: 1.6, servedCpu: 1.6 });
  });

  it('moves the demand of pods that are pending, terminating or on no machine to the others', () => {
    const pending = buildPod({ name: 'p', status: { phase: 'Pending' } });
    const use = busy([onNode('i-1', 'a'), onNode('i-2', 'b', true), onNode('i-gone', 'c'), pending]);
    expect(use.cpu).toEqual([1.6, 0]);
    expect(use.shop?.running).toBe(1);
  });

  it('is what a saturated machine has, and tells how much it could not serve', () => {
    const use = busy([onNode('i-1', 'a'), onNode('i-2', 'b')], [{ ...SHOP, cpu: { total: 8 } }]);
    expect(use.cpu).toEqual([1.95, 1.95]);
    expect(use.shop?.wantedCpu).toBe(8);
    expect(use.shop?.servedCpu).toBeCloseTo(8 * (2 / 4.05), 6);
  });

  it('follows curves, per pod and in total', () => {
    const curve = [
      [0, 0.1],
      [100, 0.5],
    ] as const;
    const pods = [onNode('i-1', 'a'), onNode('i-2', 'b')];
    expect(busy(pods, [{ ...SHOP, cpu: { perPod: curve } }], 50).cpu[0]).toBeCloseTo(0.3, 9);
    expect(busy(pods, [{ ...SHOP, cpu: { total: curve } }], 100).cpu[0]).toBeCloseTo(0.25, 9);
  });

  it('keeps workloads of the same name in other namespaces apart', () => {
    const other = { ...SHOP, namespace: 'staging', cpu: { total: 1 } };
    const pod = buildPod({ name: 's', metadata: { namespace: 'staging' }, spec: { nodeName: 'i-2' } });
    const use = busy([onNode('i-1', 'a'), pod], [SHOP, other]);
    expect(use.cpu).toEqual([1.6, 1]);
  });
});
