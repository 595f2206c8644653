/** A server as k3s/ makes it: its scripts in a sandbox, the pods of its manifests, the real programs with their doors shut. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDynamoDb } from '../../../simulator/dynamodb';
import { boundAccount } from '../../../simulator/kubernetes/api/cluster-role';
import { machineResources } from '../../../simulator/machine';
import type { Binaries } from '../../../simulator/monitoring/binaries';
import { freePort } from '../../../simulator/monitoring/free-port';
import { SHIPPED } from '../../../simulator/monitoring/shipped-files';
import { startSimulator, type Simulator } from '../../../simulator/server';
import { storeOn, type Stage } from '../../../simulator/stage/stage';
import { parseConfiguration } from '../../../stacks/configuration';
import { webhookPool } from '../../../stacks/webhook-pool';
import { appliedSecret } from '../../k3s/support/applied-secret';
import { startMachine, type Machine } from '../../k3s/support/machine';
import { parseManifests, type Manifest } from '../../k3s/support/manifests';
import { BUCKET, PREFIX } from '../../k3s/support/sandbox';
import { TIME_SCALE } from '../support/scene';
import type { Addresses } from './here';
import { ServerKubelet, workloadsOf } from './server-kubelet';
import { ServerPod, type ClusterObjects, type Program } from './server-pod';
import { WebhookUnit } from './webhook-unit';

export interface ServerStageSettings {
  readonly binaries: Binaries;
  /** `pools.workers.policy` of cdktf.json. */
  readonly policy?: Readonly<Record<string, unknown>>;
}

export interface ServerStage extends Stage {
  readonly machine: Machine;
  readonly addresses: Addresses;
  readonly kubelet: ServerKubelet;
}

const REGION = 'eu-central-1';
const TYPE = 'm6i.large';
const MANIFESTS = '/var/lib/rancher/k3s/server/manifests/smartscale.yaml';
const RELEASE = 'opt/smartscale/release';

/** Whatever was started is ended when a part fails. */
export async function openServerStage(settings: ServerStageSettings): Promise<ServerStage> {
  const endings: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    return { ...(await build(settings, endings)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  { binaries, policy = {} }: ServerStageSettings,
  endings: (() => Promise<unknown>)[],
): Promise<Omit<ServerStage, 'stop'>> {
  const workDir = await mkdtemp(join(tmpdir(), 'smartscale-'));
  endings.push(() => rm(workDir, { recursive: true, force: true }));
  const machine = await bootedServer(policy, endings);
  const { sandbox } = machine;
  const token = sandbox.file('/var/lib/smartscale-credential/token').trim();
  const kubernetesAccess = { tokens: [{ token, ...boundAccount(SHIPPED.clusterRole) }] };
  const simulator = await startSimulator({ timeScale: TIME_SCALE, kubernetesAccess });
  endings.push(() => simulator.stop());
  const dynamo = await startDynamoDb();
  endings.push(() => dynamo.stop());
  const [alertmanager, prometheus, smartscale] = await Promise.all([0, 1, 2].map(freeAddress));
  const addresses = { alertmanager, prometheus, smartscale } as Addresses;
  const here = { addresses, timeScale: TIME_SCALE, discoveryUrl: simulator.discoveryUrl };
  const objects: ClusterObjects = {
    configMap: (name) => find(manifestsOf(machine), 'ConfigMap', name).data ?? {},
    secret: (name) => appliedSecret(sandbox, name),
  };
  const podOf = (name: Program) => {
    const { spec } = find(manifestsOf(machine), 'Deployment', name);
    if (!spec?.template) throw new Error(`${name} has no template`);
    return new ServerPod({ name, spec: spec.template.spec, here, objects, binaries, workDir, hostRoot: sandbox.root });
  };
  const pods = { prometheus: podOf('prometheus'), alertmanager: podOf('alertmanager') };
  const kubelet = new ServerKubelet(simulator.world, pods);
  endings.push(() => kubelet.stop());
  await apply(machine, simulator, kubelet);
  const unit = new WebhookUnit({
    machine,
    addresses,
    workDir,
    kubernetesUrl: simulator.kubernetesUrl,
    ec2Url: simulator.ec2Url,
    storeUrl: dynamo.endpoint,
  });
  endings.push(() => unit.stop());
  await unit.start();
  return {
    cluster: 'shop',
    token: sandbox.file('/etc/smartscale/secrets/webhook-token').trim(),
    simulator,
    dynamo,
    redis: null,
    monitoring: monitoringOf(pods, machine, kubelet),
    webhooks: [unit.process],
    store: storeOn(dynamo),
    workDir,
    machine,
    addresses,
    kubelet,
  };
}

async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

/** With the parameters that CDKTF writes; the time scale is a key of the server's own. */
async function bootedServer(policy: object, endings: (() => Promise<unknown>)[]): Promise<Machine> {
  const machine = await startMachine();
  endings.push(() => machine.stop());
  machine.parameters.put(
    `${PREFIX}config/cluster`,
    JSON.stringify({ region: REGION, table: 'smartscale', bucket: BUCKET }),
  );
  const pools = { workers: { instanceTypes: [TYPE, 'm6a.large'], policy } };
  const { workers } = parseConfiguration({ context: { smartscale: { region: REGION, pools } } }, 'cdktf.json').pools;
  if (!workers) throw new Error('there is no pool');
  machine.parameters.put(`${PREFIX}config/pools/workers`, JSON.stringify(webhookPool(workers, madeIn(machine))));
  mkdirSync(join(machine.sandbox.root, 'etc/smartscale'), { recursive: true });
  writeFileSync(join(machine.sandbox.root, 'etc/smartscale/own.json'), JSON.stringify({ timeScale: TIME_SCALE }));
  const { code, said } = await machine.sandbox.boot('server');
  if (code !== 0) throw new Error(`the server did not come up: ${said.join('\n')}`);
  return machine;
}

/** The template and the subnets of the simulated region. */
function madeIn({ world }: Machine) {
  const { launchTemplates, subnets, instanceTypes } = world.settings.ec2;
  const type = instanceTypes.find(({ name }) => name === TYPE);
  if (!type) throw new Error(`the simulator has no ${TYPE}`);
  const { cpu = '', memory = '' } = machineResources(type);
  return {
    template: { id: launchTemplates[0]?.id ?? '', version: '1' },
    subnets: subnets.map(({ id, zone }) => ({ id, zone })),
    allocatable: { cpu, memory },
  };
}

function manifestsOf({ sandbox }: Machine): readonly Manifest[] {
  return parseManifests(sandbox.file(MANIFESTS));
}

function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((it) => it.kind === kind && it.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** What K3s does with the manifests: their workloads run when this resolves. */
async function apply(machine: Machine, { world }: Simulator, kubelet: ServerKubelet): Promise<void> {
  const running = new Promise<void>((resolve) => {
    world.cluster.world.store.pods.onChange(() => {
      if (kubelet.placed().length > 0 && kubelet.placed().every(({ runs }) => runs)) resolve();
    });
  });
  for (const workload of workloadsOf(manifestsOf(machine))) world.cluster.createWorkload(workload);
  await running;
  await kubelet.settled();
}

function monitoringOf(
  { prometheus, alertmanager }: Readonly<Record<Program, ServerPod>>,
  { sandbox }: Machine,
  kubelet: ServerKubelet,
): Stage['monitoring'] {
  const rulesFile = join(sandbox.root, RELEASE, 'prometheus-rules/smartscale.rules.yaml');
  const reload = async (): Promise<void> => {
    const { code, said } = await sandbox.script('apply.sh');
    if (code !== 0) throw new Error(`apply.sh: ${said.join('\n')}`);
    kubelet.refresh();
  };
  return {
    prometheusUrl: prometheus.program.url,
    alertmanagerUrl: alertmanager.program.url,
    rulesFile,
    alertmanagerConfigFile: join(sandbox.root, RELEASE, 'k3s/alertmanager/alertmanager.yml'),
    prometheus: prometheus.program,
    alertmanager: alertmanager.program,
    alertmanagers: [alertmanager.program],
    editRules: async (edit) => {
      writeFileSync(rulesFile, edit(readFileSync(rulesFile, 'utf8')));
      await reload();
    },
    reload,
    restartPrometheus: () => prometheus.program.restart(),
    restartAlertmanager: () => alertmanager.program.restart(),
    stop: () => kubelet.stop(),
  };
}
