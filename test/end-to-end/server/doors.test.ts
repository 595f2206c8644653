import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { findBinaries, type Binaries } from '../../../simulator/monitoring/binaries';
import { always, eventually } from '../support/eventually';
import { OPENING, Scene, TIME_SCALE } from '../support/scene';
import { PODS_A_NODE, shop } from '../support/shop';
import { Doors } from './doors';
import type { Addresses } from './here';
import { basic, knock } from './knock';
import { openServerStage, type ServerStage } from './server-stage';

const EVERYBODY = ['prometheus', 'alertmanager', 'smartscale'] as const;

let binaries: Binaries;
let stage: ServerStage;
let scene: Scene;
let doors: Doors;
let nodes = 2;

beforeAll(async () => {
  binaries = await findBinaries();
  const policy = { requestRate: { query: 'vector(12)' } };
  stage = await openServerStage({ binaries, policy });
  scene = Scene.on(stage, binaries);
  doors = new Doors(stage);
  await scene.comesToRestWith(nodes);
  scene.world.play(shop({ pods: nodes * PODS_A_NODE }));
}, OPENING);

afterAll(() => stage?.stop());

/** Pods that fill one node more, which nobody asked for but the shipped rules. */
function oneNodeMore(): void {
  nodes += 1;
  scene.shopHas(nodes * PODS_A_NODE);
}

async function growsByOneAlert(): Promise<void> {
  await scene.comesToRestWith(nodes);
  const [launch] = await scene.closedOperations();
  expect(launch).toMatchObject({ phase: 'done', planned: 1, trigger: { alert: 'UnschedulablePods' } });
  expect(scene.launched).toHaveLength(nodes);
}

describe('shut', () => {
  it.each([
    ['prometheus', '/api/v1/query?query=up'],
    ['prometheus', '/metrics'],
    ['alertmanager', '/api/v2/alerts'],
    ['alertmanager', '/metrics'],
  ] as const)('%s%s answers nobody who does not know the password', async (service, path) => {
    const password = doors.secret('monitoring-password');
    for (const authorization of ['', basic('smartscale', 'guessed'), basic('admin', password), `Bearer ${password}`]) {
      expect(await doors.knock(service, path, { authorization })).toMatchObject({ status: 401 });
      expect(await doors.knock(service, path, { authorization, body: {} })).toMatchObject({ status: 401 });
    }
    expect(await doors.knock(service, path, { authorization: basic('smartscale', password) })).toMatchObject({
      status: 200,
    });
  });

  it('nobody raises an alert or sets a silence past the door', async () => {
    const alert = [{ labels: { alertname: 'Forged', scale: 'up', pool: 'workers' }, annotations: { nodes: '10' } }];
    expect((await doors.knock('alertmanager', '/api/v2/alerts', { body: alert })).status).toBe(401);
    expect((await doors.knock('alertmanager', '/api/v2/silences', { body: {} })).status).toBe(401);
    expect(JSON.stringify(await doors.read('alertmanager', '/api/v2/alerts'))).not.toContain('Forged');
  });

  it('the webhook takes no post without its token', async () => {
    for (const authorization of ['', `Bearer ${doors.secret('operator-token')}`]) {
      expect((await doors.knock('smartscale', '/alerts', { authorization, body: {} })).status).toBe(401);
    }
  });

  it.each(EVERYBODY)(
    '%s speaks no plain HTTP, and shows a certificate of the authority for its name',
    async (service) => {
      const address = stage.addresses[service];
      const plain = await knock(`http://${address}/healthz`).catch((error: Error) => ({
        status: 0,
        body: error.message,
      }));
      expect([0, 400]).toContain(plain.status);
      await expect(knock(`https://${address}/healthz`)).rejects.toThrow(/self.signed|unable to/);
      await expect(doors.knock(service, '/', { name: 'k3s.example.com' })).rejects.toThrow(/altnames/);
    },
  );
});

describe('open for those who belong there', () => {
  it('Prometheus reaches every target and Alertmanager', async () => {
    await eventually('every job', async () => {
      const up = await doors.query('min by (job) (up)', 'job');
      expect(up).toEqual({ 'kube-state-metrics': 1, 'node-exporter': 1, notices: 1, smartscale: 1 });
      return true;
    });
    const watchdog = await doors.read('alertmanager', '/api/v2/alerts?filter=alertname="Watchdog"');
    expect(watchdog).toMatchObject([{ labels: { cluster: 'shop' } }]);
  });

  it('an alert of the shipped rules becomes a node', async () => {
    oneNodeMore();
    await growsByOneAlert();
  }, 60_000);

  it('the webhook reads Alertmanager, and Prometheus for what a request costs', async () => {
    await eventually('readiness without a word', async () => {
      expect(await doors.read('smartscale', '/readyz')).toMatchObject({ status: 'ready', degraded: [] });
      return true;
    });
    expect(await doors.read('smartscale', '/cost')).toMatchObject({
      clusters: [{ pools: [{ requests: { perSecond: 12 } }] }],
    });
  });

  it('a silence that amtool sets in the pod of Alertmanager holds a launch, until it is taken back', async () => {
    const silence = await amtool('silence', 'add', 'scale=~".+"', '--duration=1h', '--author=ops', '--comment=freeze');
    oneNodeMore();
    await eventually('health that tells of the silence', async () => {
      const { pools } = (await doors.read('smartscale', '/healthz')) as { pools: readonly object[] };
      expect(pools).toMatchObject([{ paused: [{ by: 'silence', who: 'ops' }], lastDecision: { reason: 'paused' } }]);
      return true;
    });
    expect(scene.launched).toHaveLength(nodes - 1);
    await amtool('silence', 'expire', silence);
    await growsByOneAlert();
  }, 60_000);
});

/** As `kubectl exec` runs it in the container of Alertmanager, whose port is another here. */
async function amtool(...args: readonly string[]): Promise<string> {
  const own = readFileSync(join(stage.workDir, 'pods/alertmanager/etc/amtool/config.yml'), 'utf8');
  const known = parse(own.replace('localhost:9093', stage.addresses.alertmanager)) as Record<string, string>;
  const flags = Object.entries(known).map(([name, value]) => `--${name}=${value}`);
  const { stdout } = await promisify(execFile)(binaries.amtool, [...flags, ...args]);
  return stdout.trim();
}

describe('a policy that is edited', () => {
  const lengthOf = async (): Promise<number | undefined> => {
    const { data } = (await doors.read('prometheus', '/api/v1/rules?type=alert')) as {
      data: { groups: readonly { rules: readonly { name: string; duration: number }[] }[] };
    };
    const rules = data.groups.flatMap((group) => group.rules);
    return rules.find(({ name }) => name === 'UnschedulablePods')?.duration;
  };
  const waits = (rules: string, from: string, to: string) =>
    rules.replace(
      `- alert: UnschedulablePods\n        expr: smartscale:unschedulable:nodes > 0\n        for: ${from}`,
      (it) => it.replace(/for: \S+$/, `for: ${to}`),
    );

  it('is read by Prometheus without a restart; what is wrong changes nothing, and is told', async () => {
    const started = await doors.metric('prometheus', 'process_start_time_seconds');
    await stage.monitoring.editRules((rules) => waits(rules, '5s', '15s'));
    await eventually('the new rule', async () => (await lengthOf()) === 0.5);
    await stage.monitoring.editRules((rules) => waits(rules, '15s', '[soon]'));
    await eventually('a reload that failed', async () => {
      return (await doors.metric('prometheus', 'prometheus_config_last_reload_successful')) === 0;
    });
    expect(await lengthOf()).toBe(0.5);
    await stage.monitoring.editRules((rules) => waits(rules, '[soon]', '5s'));
    await eventually('the rule as it was', async () => Math.round(((await lengthOf()) ?? 0) * TIME_SCALE) === 5);
    expect(await doors.metric('prometheus', 'process_start_time_seconds')).toBe(started);
  }, 60_000);

  it('is read by Alertmanager without a restart', async () => {
    const started = await doors.metric('alertmanager', 'process_start_time_seconds');
    const { alertmanagerConfigFile: file } = stage.monitoring;
    writeFileSync(file, readFileSync(file, 'utf8').replace('repeat_interval: 4h', 'repeat_interval: 5h'));
    await stage.monitoring.reload();
    await eventually('the new route', async () =>
      JSON.stringify(await doors.read('alertmanager', '/api/v2/status')).includes('repeat_interval: 10m'),
    );
    expect(await doors.metric('alertmanager', 'process_start_time_seconds')).toBe(started);
  }, 60_000);
});

async function script(name: string, ...args: readonly string[]): Promise<void> {
  expect(await stage.machine.sandbox.script(name, ...args)).toMatchObject({ code: 0 });
}

/** Both programs were never started again: what is renewed they read while they run. */
describe('what is renewed', () => {
  let started: readonly number[];
  const starts = () =>
    Promise.all((['prometheus', 'alertmanager'] as const).map((it) => doors.metric(it, 'process_start_time_seconds')));

  beforeAll(async () => {
    started = await starts();
  });

  afterEach(async () => {
    expect(await starts()).toEqual(started);
  });

  it('a token is taken from the next post on, and before that the old one is', async () => {
    const old = doors.secret('webhook-token');
    await script('rotate-token.sh', 'webhook');
    oneNodeMore();
    await growsByOneAlert();
    stage.kubelet.refresh();
    await script('rotate-token.sh', 'webhook');
    stage.kubelet.refresh();
    expect((await doors.knock('smartscale', '/alerts', { authorization: `Bearer ${old}`, body: {} })).status).toBe(401);
  }, 90_000);

  it('certificates that end soon are replaced by the timer, and nobody notices', async () => {
    const serials = () => Promise.all(EVERYBODY.map(async (it) => (await doors.knock(it, '/healthz')).serial));
    const before = await serials();
    for (const name of EVERYBODY) endsSoon(name);
    await script('certificates.sh', '--due');
    await always(300, async () => {
      expect(await doors.read('smartscale', '/readyz')).toMatchObject({ degraded: [] });
    });
    stage.kubelet.refresh();
    const after = await serials();
    expect(after.filter((it) => before.includes(it))).toEqual([]);
    oneNodeMore();
    await growsByOneAlert();
  }, 90_000);

  it('of an authority and a password the pods hear later: what fires between comes late, and is not lost', async () => {
    await script('certificates.sh', '--renew');
    // Whatever makes the hash, both programs understand it: this time it is not Python.
    stage.machine.sandbox.program('python3', 'exit 1');
    await script('rotate-password.sh');
    oneNodeMore();
    await eventually('a webhook that says what it misses', async () => {
      const { body } = await doors.knock('smartscale', '/readyz');
      expect(JSON.parse(body)).toMatchObject({ degraded: [{ code: 'alertmanager-unreachable' }] });
      return true;
    });
    expect(scene.launched).toHaveLength(nodes - 1);
    stage.kubelet.refresh('alertmanager');
    stage.kubelet.refresh('prometheus');
    await growsByOneAlert();
    expect(await doors.read('smartscale', '/readyz')).toMatchObject({ degraded: [] });
  }, 90_000);
});

/** The certificate that is there, signed anew for less than the timer lets it come to. */
function endsSoon(name: keyof Addresses): void {
  const cwd = join(stage.machine.sandbox.root, 'etc/smartscale/tls');
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd, stdio: 'pipe' });
  openssl('x509', '-x509toreq', '-in', `${name}.pem`, '-signkey', `${name}-key.pem`, '-out', 'soon.csr');
  const by = ['-CA', 'authority.pem', '-CAkey', 'authority-key.pem', '-set_serial', '1'];
  openssl('x509', '-req', '-in', 'soon.csr', ...by, '-days', '59', '-out', `${name}.pem`);
}
