/** What AWS refuses only when it is made: the largest configuration stays below, or is refused before. */
import { TAGS } from '../../webhook/model/names';
import { ConfigurationError, parseConfiguration } from '../../stacks/configuration';
import { MOST_POOLS } from '../../stacks/configuration/schema';
import { monthlyCost } from '../../stacks/cost/monthly-cost';
import { permissionsOf } from './support/policies';
import { every, LEAST, named, synthesise, WORKERS, type Attributes } from './support/synthesised';

const CLUSTER = 'c'.repeat(20);
const POOL = (i: number) => `${'p'.repeat(27)}-${String(i).padStart(2, '0')}`;
const spot = { ...WORKERS, min: 0, max: 1, capacity: 'spot' };
const poolsOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [POOL(i), spot]));
const region = 'ap-southeast-99';
const LARGEST = {
  cluster: CLUSTER,
  region,
  zones: ['a', 'b', 'c', 'd', 'e', 'f'].map((it) => region + it),
  network: { nat: 'nat-instance', flowLogs: true },
  tableName: 't'.repeat(255),
  pools: poolsOf(MOST_POOLS),
  volumeKey: `arn:aws-us-gov:kms:${region}:111122223333:key/mrk-${'0'.repeat(32)}`,
  tags: Object.fromEntries(Array.from({ length: 39 }, (_, i) => [`tag-${i}`, 'x'])),
};
const largest = synthesise(LARGEST);

function mistakes(smartscale: object): readonly string[] {
  try {
    parseConfiguration({ context: { smartscale } }, 'test');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes.map((it) => it.replace('context.smartscale.', ''));
    throw error;
  }
  return [];
}

test('the policies of a role stay below the 10,240 characters that they may have together', () => {
  // Ids and names as long as AWS makes them, the name of the bucket and the partition included.
  const longest = (policy: object) =>
    JSON.stringify(policy)
      .replaceAll('arn:aws:', 'arn:aws-us-gov:')
      .replaceAll('eu-central-1', region)
      .replaceAll(/lt-smartscale[\w-]+/g, `lt-${'0'.repeat(17)}`)
      .replaceAll(/sg-smartscale[\w-]+/g, `sg-${'0'.repeat(17)}`)
      .replaceAll(/subnet-network[\w-]+/g, `subnet-${'0'.repeat(17)}`)
      .replaceAll('smartscale-main-bucket', 'b'.repeat(63));
  for (const role of ['server', 'workers'].map((it) => `smartscale-${CLUSTER}-${it}`)) {
    const length = longest(permissionsOf(largest, role)).length;
    expect(length).toBeLessThan(10_240);
    expect(length).toBeGreaterThan(500);
  }
  const server = longest(permissionsOf(largest, `smartscale-${CLUSTER}-server`));
  expect(server).toContain(`launch-template/lt-${'0'.repeat(17)}`);
  expect(server).toContain('kms:CreateGrant');
});

test('more pools than that are refused', () => {
  expect(mistakes({ ...LEAST, pools: poolsOf(MOST_POOLS + 1) })).toEqual([
    "pools: must be at most 16: the policy of the server's role has room for no more",
  ]);
});

const LONGEST: readonly (readonly [type: string, attribute: string, most: number])[] = [
  ['aws_iam_role', 'name', 64],
  ['aws_iam_instance_profile', 'name', 128],
  ['aws_launch_template', 'name', 128],
  ['aws_launch_template', 'description', 255],
  ['aws_security_group', 'name', 255],
  ['aws_security_group', 'description', 255],
  ['aws_vpc_security_group_ingress_rule', 'description', 255],
  ['aws_vpc_security_group_egress_rule', 'description', 255],
  ['aws_s3_bucket', 'bucket_prefix', 37],
  ['aws_dynamodb_table', 'name', 255],
  ['aws_sns_topic', 'name', 256],
  ['aws_cloudwatch_log_group', 'name', 512],
  ['aws_ssm_parameter', 'name', 900],
  ['aws_ssm_parameter', 'description', 1024],
  ['aws_kms_grant', 'name', 256],
];

test.each(LONGEST)('no %s has a %s of more than %i characters', (type, attribute, most) => {
  const all = every(largest, type).map((it) => String(it[attribute]));
  expect(all.length).toBeGreaterThan(0);
  for (const it of all) expect([it, it.length <= most]).toEqual([it, true]);
});

test('every name that is given is in that list', () => {
  const listed = new Set(LONGEST.map(([type, attribute]) => `${type}.${attribute}`));
  const given = Object.entries(largest.resource).flatMap(([type, made]) =>
    Object.values(made).flatMap((it) =>
      ['name', 'bucket_prefix', 'description'].filter((key) => key in it).map((key) => `${type}.${key}`),
    ),
  );
  // Of a policy within a role the name is ours.
  expect([...new Set(given)].filter((it) => !listed.has(it))).toEqual(['aws_iam_role_policy.name']);
});

test('nothing gets more tags than AWS takes: 50, and ten on an object', () => {
  const common = Object.keys(tagsOf(largest.provider.aws[0]?.['default_tags'] as readonly Attributes[]));
  const countOf = (tags: unknown, ...more: readonly string[]) => new Set([...Object.keys(tags ?? {}), ...more]).size;
  for (const made of Object.entries(largest.resource).filter(([type]) => type !== 'aws_s3_object')) {
    for (const it of Object.values(made[1])) expect(countOf(it['tags'], ...common)).toBeLessThanOrEqual(50);
  }
  for (const template of every(largest, 'aws_launch_template')) {
    for (const it of template['tag_specifications'] as readonly Attributes[])
      expect(countOf(it['tags'], ...Object.values(TAGS))).toBeLessThanOrEqual(50);
  }
  for (const it of every(largest, 'aws_s3_object')) {
    const [provider] = largest.provider.aws.filter(({ alias }) => `aws.${String(alias)}` === it['provider']);
    const common = Object.keys(tagsOf(provider?.['default_tags'] as readonly Attributes[]));
    expect(common.sort()).toEqual(['application', 'smartscale-cluster']);
    expect(it['tags']).toEqual({ component: 'server' });
  }
});

function tagsOf([given]: readonly Attributes[]): object {
  return given?.['tags'] as object;
}

test('no security group has more than 60 rules in a direction', () => {
  for (const direction of ['ingress', 'egress'])
    expect(every(largest, `aws_vpc_security_group_${direction}_rule`).length).toBeLessThan(60);
});

describe('the parameter of a pool', () => {
  const query = (length: number) => ({ requestRate: { query: 'x'.repeat(length) } });
  const tierWith = (policy: object) =>
    named(
      synthesise({ ...LEAST, pools: { workers: { ...WORKERS, policy } } }),
      'aws_ssm_parameter',
      '/smartscale/main/config/pools/workers',
    )['tier'];
  const costWith = (policy: object) =>
    monthlyCost(
      parseConfiguration({ context: { smartscale: { ...LEAST, pools: { workers: { ...WORKERS, policy } } } } }, 'test'),
    ).filter(({ what }) => what.startsWith('parameters'));

  test('is of the kind that costs nothing while it fits, and of the other one when it does not', () => {
    expect([tierWith({}), costWith({})]).toEqual(['Standard', []]);
    const dollars = [{ what: 'parameters of over 4 KB, 1', dollars: 0.05 }];
    expect([tierWith(query(4000)), costWith(query(4000))]).toEqual(['Advanced', dollars]);
  });

  test('is refused when it fits into none, with what makes it so long', () => {
    const workers = { ...WORKERS, labels: { team: 'shop' }, policy: { ...query(8000), cooldown: { up: '2m' } } };
    expect(mistakes({ ...LEAST, pools: { workers } })).toEqual([
      expect.stringMatching(
        /^pools\.workers: must be shorter: as JSON it would be 8\d{3} bytes, and an SSM parameter takes 8192; the longest part is policy\.requestRate with 8012$/,
      ),
    ]);
  });

  test('is as long as Terraform writes it, which spells out what a page could take for markup', () => {
    const compared = { requestRate: { query: '<'.repeat(1300) } };
    expect(mistakes({ ...LEAST, pools: { workers: { ...WORKERS, policy: compared } } })).toEqual([
      expect.stringMatching(/^pools\.workers: must be shorter/),
    ]);
  });
});
