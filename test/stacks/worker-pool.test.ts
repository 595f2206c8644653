import { LABELS, TAGS } from '../../webhook/model/names';
import { LEAST, named, referred, synthesise, WORKERS, type Attributes } from './support/synthesised';

describe('a pool', () => {
  const spot = { instanceTypes: ['m7g.large'], architecture: 'arm64', capacity: 'spot', min: 0, max: 4, diskGiB: 40 };
  const policy = { budget: { perHour: 1 }, launch: { onDemandBase: 1 }, node: { allocatable: { pods: 58 } } };
  const labels = { team: 'shop', 'example.com/tier': '' };
  const taints = [
    { key: 'dedicated', value: 'batch', effect: 'NoSchedule' },
    { key: 'example.com/slow', effect: 'PreferNoSchedule' },
  ];
  const stack = synthesise({
    ...LEAST,
    tags: { team: 'shop' },
    pools: { workers: WORKERS, batch: { ...spot, policy, labels, taints } },
  });
  const template = named(stack, 'aws_launch_template', 'smartscale-main-batch');

  test('is launched from a template of its own, whose machines are closed and encrypted', () => {
    expect(template).toMatchObject({
      update_default_version: true,
      instance_initiated_shutdown_behavior: 'terminate',
      metadata_options: {
        http_endpoint: 'enabled',
        http_tokens: 'required',
        http_put_response_hop_limit: 1,
        instance_metadata_tags: 'enabled',
      },
    });
    const [disk] = template['block_device_mappings'] as readonly Attributes[];
    expect(disk?.['ebs']).toEqual({
      encrypted: 'true',
      volume_type: 'gp3',
      volume_size: 40,
      delete_on_termination: 'true',
    });
    expect(disk?.['device_name']).toMatch(/^\$\{data\.aws_ami\..*\.root_device_name\}$/);
    // What a fleet must not find in a template.
    for (const key of ['instance_type', 'instance_market_options', 'key_name', 'network_interfaces', 'placement']) {
      expect(template).not.toHaveProperty(key);
    }
  });

  test('has the role of workers and their group', () => {
    const { arn } = template['iam_instance_profile'] as Attributes;
    expect(referred(stack, arn)['name']).toBe('smartscale-main-workers');
    const [group] = template['vpc_security_group_ids'] as readonly string[];
    expect(referred(stack, group)['name']).toBe('smartscale-main-workers');
  });

  test('tags all that belongs to a machine: costs everywhere, ours where the webhook cannot', () => {
    const costs = { application: 'smartscale', 'smartscale-cluster': 'main', component: 'workers', team: 'shop' };
    const all = { ...costs, Name: 'smartscale-main-batch' };
    expect(template['tag_specifications']).toEqual([
      { resource_type: 'instance', tags: all },
      { resource_type: 'volume', tags: all },
      { resource_type: 'network-interface', tags: { ...all, [TAGS.cluster]: 'main' } },
      { resource_type: 'spot-instances-request', tags: { ...all, [TAGS.cluster]: 'main' } },
    ]);
    // Machines read their tags by IMDS, which has no slash in names.
    expect(Object.keys({ ...all, ...TAGS }).join('')).not.toContain('/');
    expect(LABELS.pool).toContain('/');
  });

  test('has the checksum of its architecture, and its name', () => {
    const [, local = ''] = /^\$\{base64encode\(local\.([\w-]+)\)\}$/.exec(String(template['user_data'])) ?? [];
    const script = String(stack.locals[local]);
    expect(script).toContain("export SMARTSCALE_POOL='batch'\n");
    expect(script).toContain("export K3S_SHA256='fa37b06d");
    expect(script).toContain("export SMARTSCALE_NODE_LABELS='team=shop,example.com/tier='\n");
    expect(script).toContain(
      "export SMARTSCALE_NODE_TAINTS='dedicated=batch:NoSchedule,example.com/slow=:PreferNoSchedule'\n",
    );
    expect(script).not.toMatch(/SECRET|TOKEN|PASSWORD/i);
  });

  test('is written down for the webhook as its configuration has it', () => {
    const parameter = named(stack, 'aws_ssm_parameter', '/smartscale/main/config/pools/batch');
    expect(parameter).toMatchObject({ type: 'String' });
    const [, local = ''] = /^\$\{jsonencode\(local\.([\w-]+)\)\}$/.exec(String(parameter['value'])) ?? [];
    expect(stack.locals[local]).toEqual({
      min: 0,
      max: 4,
      budget: { perHour: 1 },
      node: {
        allocatable: {
          cpu: expect.stringMatching(/^\$\{min\(data\.aws_ec2_instance_type\.[\w-]+\.default_vcpus\)/) as string,
          memory: expect.stringMatching(/Mi$/) as string,
          pods: 58,
        },
        labels: { 'kubernetes.io/arch': 'arm64', ...labels },
        taints,
      },
      launch: {
        onDemandBase: 1,
        capacity: 'spot',
        instanceTypes: ['m7g.large'],
        template: {
          id: expect.stringMatching(/\.id\}$/) as string,
          version: expect.stringMatching(/^\$\{tostring\(.*\.latest_version\)\}$/) as string,
        },
        subnets: [0, 1].map(() => ({
          id: expect.stringMatching(/^\$\{aws_subnet\..*\.id\}$/) as string,
          zone: expect.stringMatching(/^\$\{aws_subnet\..*\.availability_zone\}$/) as string,
        })),
      },
    });
  });

  test('what Terraform would take for an expression of its own reaches the webhook as it was written', () => {
    const query = 'sum(rate(a[5m])) %{job="b"} ${c}';
    const made = synthesise({ ...LEAST, pools: { workers: { ...WORKERS, policy: { requestRate: { query } } } } });
    expect(Object.values(made.locals)).toContainEqual(
      expect.objectContaining({
        requestRate: expect.objectContaining({ query: 'sum(rate(a[5m])) %%{job="b"} $${c}' }) as object,
      }),
    );
  });

  test('AWS is asked for the architecture of every type and image before anything is made', () => {
    const asked = Object.values(stack.data['aws_ec2_instance_type'] ?? {});
    expect(asked.map((it) => it['instance_type']).sort()).toEqual([
      'm6a.large',
      'm6i.large',
      'm7g.large',
      't4g.medium',
    ]);
    for (const it of asked) expect(JSON.stringify(it['lifecycle'])).toMatch(/must be a type of architecture/);
    const images = Object.values(stack.data['aws_ami'] ?? {});
    expect(images).toHaveLength(3);
    for (const it of images) expect(JSON.stringify(it['lifecycle'])).toMatch(/must be an image of architecture/);
  });
});
