import type { Script } from '../../../simulator/workload/script';
import type { WorkloadModel } from '../../../simulator/workload/workload-model';
import { Workloads } from '../../../simulator/workload/workloads';

const START = 1_700_000_000_000;

const SHOP: WorkloadModel = {
  name: 'shop',
  namespace: 'default',
  requests: { cpu: '500m', memory: '256Mi' },
  replicas: { cpuPerPod: 0.5, min: 1, max: 20 },
  cpu: {
    total: [
      [100, 1],
      [200, 6],
    ],
  },
  memory: { perPod: 1 },
};

const SCRIPT: Script = {
  name: 'test',
  durationSeconds: 200,
  workloads: [SHOP],
  actions: [
    { atSeconds: 150, action: { kind: 'cordon', node: 'second' } },
    { atSeconds: 50, action: { kind: 'cordon', node: 'first' } },
  ],
};

function setUp(timeScale = 1) {
  const calls: string[] = [];
  const workloads = new Workloads(
    {
      create: ({ name }, replicas) => calls.push(`create ${name} ${replicas}`),
      scale: ({ name }, replicas) => calls.push(`scale ${name} ${replicas}`),
    },
    timeScale,
    START,
  );
  const at = (seconds: number) => {
    workloads.resize(START + seconds * 1000);
    return calls.splice(0);
  };
  return { workloads, at };
}

describe('scripted workloads', () => {
  it('are created once, then scaled only when their size changes', () => {
    const { workloads, at } = setUp();
    workloads.play(SCRIPT, START);
    expect(at(0)).toEqual(['create shop 2']);
    expect(at(100)).toEqual([]);
    expect(at(150)).toEqual(['scale shop 7']);
    expect(at(1000)).toEqual(['scale shop 12']);
    expect(workloads.sizes.get('default/shop')).toBe(12);
  });

  it('run through the script faster by the time scale', () => {
    const { workloads, at } = setUp(20);
    workloads.play(SCRIPT, START);
    expect(at(7.5)).toEqual(['create shop 7']);
    expect(workloads.seconds(START + 10_000)).toBe(200);
  });

  it('give each action once, by time', () => {
    const { workloads } = setUp();
    workloads.play(SCRIPT, START);
    const nodes = (seconds: number) =>
      workloads.takeActions(START + seconds * 1000).map((action) => ('node' in action ? action.node : ''));
    expect(nodes(49)).toEqual([]);
    expect(nodes(160)).toEqual(['first', 'second']);
    expect(nodes(1000)).toEqual([]);
  });

  it('take what is set by hand over the script, until a script names them again', () => {
    const { workloads, at } = setUp();
    workloads.play(SCRIPT, START);
    at(0);
    expect(workloads.setDemand('default/shop', 'cpu', 4)).toBe(true);
    expect(at(200)).toEqual(['scale shop 8']);
    expect(workloads.setReplicas('default/shop', 3)).toBe(true);
    expect(at(200)).toEqual(['scale shop 3']);
    expect(workloads.setReplicas('default/nothing', 3)).toBe(false);
    workloads.play(SCRIPT, START + 1000_000);
    expect(at(1000)).toEqual(['scale shop 2']);
  });

  it('keep their size when the next script does not name them', () => {
    const { workloads, at } = setUp();
    workloads.play(SCRIPT, START);
    at(200);
    workloads.play({ ...SCRIPT, workloads: [] }, START + 300_000);
    expect(at(301)).toEqual([]);
    expect(workloads.sizes.get('default/shop')).toBe(12);
  });

  it('refuse a script whose curves make no sense', () => {
    const { workloads } = setUp();
    const broken = { ...SCRIPT, workloads: [{ ...SHOP, cpu: { total: [] } }] };
    expect(() => workloads.play(broken, START)).toThrow(/default\/shop cpu/);
  });
});
