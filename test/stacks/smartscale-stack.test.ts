import { TAGS } from '../../webhook/model/names';
import { DEFAULT_TABLE_NAME, TABLE } from '../../webhook/adapters/dynamodb/table';
import { policyOf } from './support/policies';
import { SCRIPT } from './support/host-files';
import { every, LEAST, named, only, referred, synthesise, type Attributes } from './support/synthesised';

const least = synthesise();
const tagsOf = (it: Attributes) => it['tags'] as Readonly<Record<string, string>>;

describe('the table', () => {
  test('is as the adapter expects it', () => {
    expect(only(least, 'aws_dynamodb_table')).toEqual({
      name: DEFAULT_TABLE_NAME,
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: TABLE.partitionKey,
      range_key: TABLE.sortKey,
      attribute: [
        { name: TABLE.partitionKey, type: 'S' },
        { name: TABLE.sortKey, type: 'S' },
      ],
      ttl: { attribute_name: TABLE.ttl, enabled: true },
      point_in_time_recovery: { enabled: true },
      server_side_encryption: { enabled: true },
      deletion_protection_enabled: true,
      tags: { component: 'state' },
    });
  });

  test('has the name of the configuration', () => {
    const stack = synthesise({ ...LEAST, tableName: 'scaling-test' });
    expect(only(stack, 'aws_dynamodb_table')).toMatchObject({ name: 'scaling-test' });
  });
});

describe('the network', () => {
  test('is a VPC over two zones, in which private machines go out through one NAT gateway', () => {
    expect(only(least, 'aws_vpc')).toMatchObject({ cidr_block: '10.40.0.0/16' });
    const subnets = every(least, 'aws_subnet');
    expect(subnets.map((it) => [tagsOf(it)['Name'], it['cidr_block'], it['map_public_ip_on_launch']])).toEqual([
      ['smartscale-main-private-0', '10.40.0.0/20', false],
      ['smartscale-main-private-1', '10.40.16.0/20', false],
      ['smartscale-main-public-0', '10.40.128.0/20', false],
      ['smartscale-main-public-1', '10.40.144.0/20', false],
    ]);
    expect(referred(least, only(least, 'aws_nat_gateway')['subnet_id'])).toBe(subnets[2]);
    expect(waysOut(least)).toEqual({
      'smartscale-main-public': 'gateway_id',
      'smartscale-main-private': 'nat_gateway_id',
    });
    expect(tableOf(least, 'private-0')).toBe('smartscale-main-private');
    expect(tableOf(least, 'public-1')).toBe('smartscale-main-public');
  });

  test('reaches S3 and DynamoDB without going out', () => {
    const services = every(least, 'aws_vpc_endpoint');
    expect(services.map((it) => it['service_name'])).toEqual([
      'com.amazonaws.eu-central-1.dynamodb',
      'com.amazonaws.eu-central-1.s3',
    ]);
    for (const it of services) {
      expect(it).toMatchObject({ vpc_endpoint_type: 'Gateway' });
      expect((it['route_table_ids'] as string[]).map((id) => tagsOf(referred(least, id))['Name']).sort()).toEqual([
        'smartscale-main-private',
        'smartscale-main-public',
      ]);
    }
  });

  test('takes the zones that are named, and asks AWS whether they are there', () => {
    const zones = ['eu-central-1b', 'eu-central-1c', 'eu-central-1a'];
    const stack = synthesise({ ...LEAST, zones });
    const placed = every(stack, 'aws_subnet').map((it) => it['availability_zone']);
    expect(placed).toEqual([...zones, ...zones]);
    const [asked] = Object.values(stack.data['aws_availability_zones'] ?? {});
    expect(asked?.['lifecycle']).toEqual({
      postcondition: [
        {
          condition: `\${length(setsubtract(${JSON.stringify(zones)}, self.names)) == 0}`,
          error_message: expect.stringContaining('context.smartscale.zones: must be at least two zones') as string,
        },
      ],
    });
  });

  test('without zones a subnet stays where it is when AWS adds one', () => {
    for (const it of every(least, 'aws_subnet'))
      expect(it['lifecycle']).toEqual({ ignore_changes: ['availability_zone'] });
  });

  test('can go out through a small machine, which everybody in the VPC may use and nobody else', () => {
    const stack = synthesise({ ...LEAST, network: { nat: 'nat-instance' } });
    const instance = named(stack, 'aws_instance', 'smartscale-main-nat');
    expect(instance).toMatchObject({ instance_type: 't4g.nano', source_dest_check: false });
    expect(waysOut(stack)['smartscale-main-private']).toBe('network_interface_id');
    expect(every(stack, 'aws_nat_gateway')).toEqual([]);
    const into = every(stack, 'aws_vpc_security_group_ingress_rule').filter((it) => it['ip_protocol'] === '-1');
    expect(into.map((it) => it['cidr_ipv4'])).toEqual(['10.40.0.0/16']);
  });

  test('can be public, and costs an address for each machine instead', () => {
    const stack = synthesise({ ...LEAST, network: { nat: 'public-subnets' } });
    expect(every(stack, 'aws_subnet').map((it) => it['map_public_ip_on_launch'])).toEqual([true, true]);
    expect(waysOut(stack)).toEqual({ 'smartscale-main-public': 'gateway_id' });
    expect(only(stack, 'aws_eip')['network_interface']).toMatch(/^\$\{aws_network_interface\./);
  });

  test('can be one that is there: nothing is made in it but groups and machines', () => {
    const existing = { vpcId: 'vpc-0123', subnetIds: ['subnet-01', 'subnet-02'] };
    const stack = synthesise({ ...LEAST, network: { existing } });
    const made = Object.keys(stack.resource).filter((it) => /vpc$|subnet|route|gateway|eip|endpoint/.test(it));
    expect(made).toEqual([]);
    expect(only(stack, 'aws_network_interface')['subnet_id']).toBe('subnet-01');
    expect(every(stack, 'aws_security_group').map((it) => it['vpc_id'])).toEqual(['vpc-0123', 'vpc-0123']);
    const [vpc] = Object.values(stack.data['aws_vpc'] ?? {});
    for (const key of ['podCidr', 'serviceCidr'])
      expect(JSON.stringify(vpc?.['lifecycle'])).toContain(`network.${key}: must not overlap a block of`);
    const [first, second] = Object.values(stack.data['aws_subnet'] ?? {});
    expect(JSON.stringify(first?.['lifecycle'])).toContain('must be a subnet of vpc-0123');
    expect(JSON.stringify(second?.['lifecycle'])).toContain('must be in a zone of its own');
  });

  test('writes flow logs when asked, into a group that forgets', () => {
    expect(every(least, 'aws_flow_log')).toEqual([]);
    const stack = synthesise({ ...LEAST, network: { flowLogs: true }, logs: { retentionDays: 7 } });
    const log = only(stack, 'aws_flow_log');
    expect(log).toMatchObject({ traffic_type: 'ALL' });
    expect(referred(stack, log['log_destination'])).toMatchObject({
      name: '/smartscale/main/flow-logs',
      retention_in_days: 7,
    });
  });
});

describe('the security groups', () => {
  const rules = every(least, 'aws_vpc_security_group_ingress_rule').map((it) => {
    const nameOf = (key: string) => String(referred(least, it[key])['name']).replace('smartscale-main-', '');
    const [from, to] = [nameOf('referenced_security_group_id'), nameOf('security_group_id')];
    return `${from} -> ${to} ${String(it['ip_protocol'])} ${String(it['from_port'])}-${String(it['to_port'])}`;
  });

  test('let in what K3s needs between its machines and nothing else', () => {
    expect(rules.sort()).toEqual([
      'server -> workers tcp 10250-10250',
      'server -> workers udp 8472-8472',
      'workers -> server tcp 10250-10250',
      'workers -> server tcp 6443-6443',
      'workers -> server udp 8472-8472',
      'workers -> workers tcp 10250-10250',
      'workers -> workers udp 8472-8472',
    ]);
  });

  test.each([{}, { nat: 'nat-instance' }, { nat: 'public-subnets' }])(
    'let nobody in from the internet (%p)',
    (network) => {
      const stack = synthesise({ ...LEAST, network });
      const ingress = every(stack, 'aws_vpc_security_group_ingress_rule');
      expect(ingress.length).toBeGreaterThan(0);
      for (const it of ingress) expect(JSON.stringify(it)).not.toMatch(/0\.0\.0\.0\/0|::\/0/);
      for (const it of every(stack, 'aws_security_group')) expect(it).not.toHaveProperty('ingress');
    },
  );
});

describe('the server', () => {
  const server = named(least, 'aws_instance', 'smartscale-main-server');

  test('has an encrypted disk and gives its role to nobody who comes by a hop more', () => {
    expect(server).toMatchObject({
      instance_type: 't4g.medium',
      metadata_options: {
        http_endpoint: 'enabled',
        http_tokens: 'required',
        http_put_response_hop_limit: 1,
        instance_metadata_tags: 'disabled',
      },
      root_block_device: { encrypted: true, volume_type: 'gp3', volume_size: 30, delete_on_termination: true },
      disable_api_termination: true,
    });
    expect(server).not.toHaveProperty('key_name');
  });

  test('is reached by an address that stays when it is replaced', () => {
    const [card] = server['network_interface'] as readonly Attributes[];
    const own = referred(least, card?.['network_interface_id']);
    expect(own).toBe(only(least, 'aws_network_interface'));
    expect(tagsOf(referred(least, own['subnet_id']))['Name']).toBe('smartscale-main-private-0');
    const address = named(least, 'aws_ssm_parameter', '/smartscale/main/server-address');
    expect(referred(least, address['value'])).toBe(own);
  });

  test('is not replaced by a newer image or script alone', () => {
    expect(server['lifecycle']).toEqual({ ignore_changes: ['ami', 'user_data'] });
  });

  test('is told its settings, and no secret', () => {
    const script = String(server['user_data']);
    expect(script.split('\n').slice(0, 7)).toEqual([
      '#!/bin/sh',
      "export SMARTSCALE_CLUSTER='main'",
      "export SMARTSCALE_REGION='eu-central-1'",
      "export SMARTSCALE_SSM_PREFIX='/smartscale/main/'",
      expect.stringMatching(/^export SMARTSCALE_BUCKET='\$\{aws_s3_bucket\.\w+\.bucket\}'$/),
      "export K3S_POD_CIDR='10.42.0.0/16'",
      "export K3S_SERVICE_CIDR='10.43.0.0/16'",
    ]);
    // As Terraform writes it out again, the script is what it was.
    const written = script
      .split('\n')
      .slice(7)
      .join('\n')
      .replaceAll(/([$%])\1\{/g, '$1{');
    expect(written).toBe(SCRIPT.split('\n').slice(1).join('\n'));
  });

  test('boots when its role, its settings and its way out are there', () => {
    const awaited = (server['depends_on'] as readonly string[]).map((it) => it.split('.')[0]);
    for (const type of ['aws_iam_role_policy', 'aws_ssm_parameter', 'aws_s3_object', 'aws_route', 'aws_nat_gateway']) {
      expect(awaited).toContain(type);
    }
  });

  test('is never taken for one of its workers', () => {
    for (const it of every(least, 'aws_instance')) expect(Object.keys(tagsOf(it))).not.toContain(TAGS.cluster);
    expect(Object.keys(defaultTags(least))).not.toContain(TAGS.cluster);
  });
});

describe('the bucket', () => {
  test('is closed, encrypted, versioned, and forgets', () => {
    expect(only(least, 'aws_s3_bucket_public_access_block')).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(only(least, 'aws_s3_bucket_ownership_controls')['rule']).toEqual({
      object_ownership: 'BucketOwnerEnforced',
    });
    expect(only(least, 'aws_s3_bucket_server_side_encryption_configuration')['rule']).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
    ]);
    expect(only(least, 'aws_s3_bucket_versioning')['versioning_configuration']).toEqual({ status: 'Enabled' });
    const rules = only(least, 'aws_s3_bucket_lifecycle_configuration')['rule'] as readonly Attributes[];
    expect(
      rules.map((it) => [it['id'], it['filter'], it['expiration'] ?? it['noncurrent_version_expiration']]),
    ).toEqual([
      ['old-versions', [{ prefix: '' }], [{ noncurrent_days: 30 }]],
      ['old-backups', [{ prefix: 'backups/' }], [{ days: 90 }]],
    ]);
    expect(policyOf(least, only(least, 'aws_s3_bucket_policy')['policy']).Statement).toEqual([
      {
        Effect: 'Deny',
        Action: ['s3:*'],
        Resource: ['arn:aws:s3:::smartscale-main-bucket', 'arn:aws:s3:::smartscale-main-bucket/*'],
        Condition: { Bool: { 'aws:SecureTransport': ['false'] } },
        Principal: { '*': ['*'] },
      },
    ]);
  });

  test('has every file that the server runs, and none that is for people', () => {
    expect(
      every(least, 'aws_s3_object')
        .map((it) => it['key'])
        .sort(),
    ).toEqual([
      'release/SHA256SUMS',
      'release/k3s/server/bootstrap.sh',
      'release/k3s/worker/bootstrap.sh',
      'release/k3s/worker/smartscale-notices.sh',
      'release/prometheus-rules/smartscale.rules.yaml',
      'release/webhook.js',
      'release/webhook.js.map',
    ]);
  });
});

test('without protection table, server and bucket can be removed', () => {
  const stack = synthesise({ ...LEAST, deletionProtection: false });
  expect(only(stack, 'aws_dynamodb_table')).toMatchObject({ deletion_protection_enabled: false });
  expect(only(stack, 'aws_instance')).toMatchObject({ disable_api_termination: false });
  expect(only(stack, 'aws_s3_bucket')).toMatchObject({ force_destroy: true });
  expect(only(least, 'aws_s3_bucket')).toMatchObject({ force_destroy: false });
});

test('people are told by a topic, and by mail if they want', () => {
  expect(only(least, 'aws_sns_topic')).toMatchObject({ name: 'smartscale-main' });
  expect(every(least, 'aws_sns_topic_subscription')).toEqual([]);
  const stack = synthesise({ ...LEAST, alarms: { email: 'ops@example.com' } });
  expect(only(stack, 'aws_sns_topic_subscription')).toMatchObject({ protocol: 'email', endpoint: 'ops@example.com' });
});

test('logs are kept as long as the configuration says', () => {
  expect(only(least, 'aws_cloudwatch_log_group')).toMatchObject({
    name: '/smartscale/main/server',
    retention_in_days: 30,
  });
});

test('everything that can be tagged has the tags that costs are split by', () => {
  expect(defaultTags(least)).toEqual({ application: 'smartscale', 'smartscale-cluster': 'main' });
  // Of these AWS knows no tags.
  const untagged = /^aws_(route|route_table_association|iam_role_policy|s3_bucket_\w+)$/;
  for (const [type, made] of Object.entries(least.resource)) {
    if (untagged.test(type)) continue;
    for (const it of Object.values(made))
      expect([type, tagsOf(it)]).toEqual([type, expect.objectContaining({ component: expect.any(String) as string })]);
  }
  for (const it of every(least, 'aws_instance')) {
    expect(tagsOf(it['root_block_device'] as Attributes)).toMatchObject({ component: 'server' });
  }
});

test('tells a newcomer how to get in, what comes next and what it costs', () => {
  const { output } = least;
  expect(Object.keys(output).sort()).toEqual([
    'api_server',
    'api_server_from_here',
    'bucket',
    'launch_templates',
    'monthly_cost',
    'next',
    'parameters',
    'session',
    'subnets',
    'table_arn',
    'table_name',
    'topic_arn',
  ]);
  expect(output['session']?.value).toMatch(
    /^aws ssm start-session --region eu-central-1 --target \$\{aws_instance\.\w+\.id\}$/,
  );
  expect(output['monthly_cost']?.value).toMatch(
    /^about \d+\.\d\d USD a month .*nat-gateway with its address: 36\.50\)$/,
  );
  for (const it of Object.values(output)) expect(it.description).not.toBe('');
});

test('the state lies in a file, or in a bucket with a lock', () => {
  expect(least.terraform).not.toHaveProperty('backend');
  const s3 = { bucket: 'state-of-shop', region: 'eu-west-1' };
  expect(synthesise({ ...LEAST, backend: { s3 } }).terraform['backend']).toEqual({
    s3: { ...s3, key: 'smartscale.tfstate', encrypt: true, use_lockfile: true },
  });
});

test('without a region Terraform asks for one, and none is built in', () => {
  const { region: _region, ...unplaced } = LEAST;
  const stack = synthesise(unplaced);
  expect(stack.variable?.['region']).toMatchObject({ type: 'string', nullable: false });
  expect(stack.variable?.['region']).not.toHaveProperty('default');
  expect(JSON.stringify(stack)).not.toMatch(/\b[a-z]{2}-(north|south|east|west|central)[a-z]*-\d/);
  expect(least.variable).toBeUndefined();
  expect(least.provider.aws[0]).toMatchObject({ region: 'eu-central-1' });
});

test('is the same on every machine', () => {
  expect(synthesise()).toEqual(synthesise());
  expect(JSON.stringify(least)).not.toContain(process.cwd());
});

function defaultTags({ provider }: typeof least) {
  const [{ tags } = { tags: {} }] = provider.aws[0]?.['default_tags'] as readonly { readonly tags: object }[];
  return tags;
}

/** By route table: the kind of target of everything that goes out. */
function waysOut(stack: typeof least): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    every(stack, 'aws_route').map((it) => {
      expect(it['destination_cidr_block']).toBe('0.0.0.0/0');
      const target = Object.keys(it).find((key) =>
        ['gateway_id', 'nat_gateway_id', 'network_interface_id'].includes(key),
      );
      return [tagsOf(referred(stack, it['route_table_id']))['Name'] ?? '', target];
    }),
  );
}

/** Name of the route table of a subnet. */
function tableOf(stack: typeof least, subnet: string): string | undefined {
  const association = every(stack, 'aws_route_table_association').find(
    (it) => tagsOf(referred(stack, it['subnet_id']))['Name'] === `smartscale-main-${subnet}`,
  );
  return tagsOf(referred(stack, association?.['route_table_id']))['Name'];
}
