import { callsOfScripts, callsOfTheWebhook } from './support/aws-calls';
import { NOT_FOR_WORKERS, SERVER, WORKER, type Row } from './support/call-table';
import { permissionsOf, policyOf } from './support/policies';
import { ACCOUNT, REGION, resolved } from './support/references';
import { verdict, type Request } from './support/simulated-iam';
import { every, LEAST, synthesise, WORKERS } from './support/synthesised';

const stack = synthesise();
const ROLES = [
  ['smartscale-main-server', SERVER],
  ['smartscale-main-workers', WORKER],
] as const;
/** Of a person who makes the price table anew: no machine asks. */
const BY_HAND = ['pricing:GetProducts'];

const rowsOf = (rows: readonly Row[]) => rows.map(({ call }) => call);

describe.each(ROLES)('the role %s', (role, rows) => {
  const policy = permissionsOf(stack, role);
  const ask = (action: string, on: Omit<Request, 'action'>) => verdict(role, policy, { ...on, action });

  test.each(rows)('may $call what is ours, all that it takes', async ({ call, allowed }) => {
    const verdicts = await Promise.all(allowed.map(async (on) => [on.resource, await ask(call, on)]));
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts).toEqual(allowed.map(({ resource }) => [resource, 'Allowed']));
  });

  test.each(rows)('may not $call what is not', async ({ call, denied }) => {
    const verdicts = await Promise.all(denied.map(async (on) => [on, await ask(call, on)]));
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts).toEqual(denied.map((on) => [on, 'ImplicitlyDenied']));
  });

  test('may nothing that has no row, but for Session Manager', () => {
    const given = policy.Statement.filter(({ Sid }) => Sid !== 'Sessions').flatMap(({ Action }) => Action);
    // Companions of one call: the same objects, asked in other ways.
    const companions = ['s3:AbortMultipartUpload', 'ssm:GetParameters'];
    expect([...new Set(given)].sort().filter((it) => ![...rowsOf(rows), ...companions].includes(it))).toEqual([]);
    expect(given.filter((it) => it.includes('*'))).toEqual([]);
  });
});

test('every call of the webhook has a row, so that a new one without permission is noticed', () => {
  const calls = callsOfTheWebhook();
  expect(calls).toContain('ec2:CreateFleet');
  expect(calls).toContain('dynamodb:UpdateItem');
  expect(calls.filter((it) => ![...rowsOf(SERVER), ...BY_HAND].includes(it))).toEqual([]);
});

test('so has every call of the scripts', () => {
  expect(callsOfScripts('server').filter((it) => !rowsOf(SERVER).includes(it))).toEqual([]);
  expect(callsOfScripts('worker').filter((it) => !rowsOf(WORKER).includes(it))).toEqual([]);
});

test.each(NOT_FOR_WORKERS)('a worker may not $action', async (request) => {
  const role = 'smartscale-main-workers';
  expect(await verdict(role, permissionsOf(stack, role), request)).toBe('ImplicitlyDenied');
});

test('only EC2 gives the roles, to machines', () => {
  const roles = every(stack, 'aws_iam_role');
  expect(roles.map((it) => it['name']).sort()).toEqual(['smartscale-main-server', 'smartscale-main-workers']);
  for (const it of roles) {
    expect(policyOf(stack, it['assume_role_policy']).Statement).toEqual([
      { Effect: 'Allow', Action: ['sts:AssumeRole'], Principal: { Service: ['ec2.amazonaws.com'] } },
    ]);
  }
});

test('EC2 may be let make its role for spot, where a pool asks for spot', async () => {
  const role = 'smartscale-main-server';
  const request = {
    action: 'iam:CreateServiceLinkedRole',
    resource: 'arn:aws:iam::111122223333:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot',
    context: { 'iam:AWSServiceName': 'spot.amazonaws.com' },
  };
  const spot = synthesise({ ...LEAST, pools: { workers: { ...WORKERS, capacity: 'spot' } } });
  expect(await verdict(role, permissionsOf(spot, role), request)).toBe('Allowed');
  expect(await verdict(role, permissionsOf(stack, role), request)).toBe('ImplicitlyDenied');
  const other = { ...request, context: { 'iam:AWSServiceName': 'rds.amazonaws.com' } };
  expect(await verdict(role, permissionsOf(spot, role), other)).toBe('ImplicitlyDenied');
});

describe('a key of their own for volumes', () => {
  const role = 'smartscale-main-server';
  const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  const withKey = (pool: object = {}) =>
    synthesise({ ...LEAST, volumeKey: KEY, pools: { workers: { ...WORKERS, ...pool } } });
  const keyed = withKey();
  const byEc2 = { 'kms:ViaService': `ec2.${REGION}.amazonaws.com` };
  const forVolumes = { ...byEc2, 'kms:GrantIsForAWSResource': 'true' };
  /** As a key has it that nobody gave another one. */
  const resourcePolicy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
    ],
  };
  const ask = (request: Request, of = keyed, who = role) =>
    verdict(who, permissionsOf(of, who), { ...request, resourcePolicy });

  // As AWS lists what whoever launches needs: "Permissions for IAM users" of EBS encryption.
  test.each<[action: string, context: Readonly<Record<string, string>>]>([
    ['kms:CreateGrant', forVolumes],
    ['kms:Decrypt', byEc2],
    ['kms:DescribeKey', byEc2],
    ['kms:GenerateDataKeyWithoutPlaintext', byEc2],
    ['kms:ReEncryptFrom', byEc2],
    ['kms:ReEncryptTo', byEc2],
  ])('the server may let EC2 %s with it, and with no other key, in no other way', async (action, context) => {
    const service = { ...context, 'kms:ViaService': `s3.${REGION}.amazonaws.com` };
    expect(await ask({ action, resource: KEY, context })).toBe('Allowed');
    expect(await ask({ action, resource: KEY, context: service })).toBe('ImplicitlyDenied');
    expect(await ask({ action, resource: KEY })).toBe('ImplicitlyDenied');
    expect(await ask({ action, resource: KEY.replace('1234abcd', '5678abcd'), context })).toBe('ImplicitlyDenied');
    expect(await ask({ action, resource: KEY, context }, keyed, 'smartscale-main-workers')).toBe('ImplicitlyDenied');
    expect(await ask({ action, resource: KEY, context }, stack)).toBe('ImplicitlyDenied');
  });

  test('grants are for volumes only, and nothing else of the key is', async () => {
    expect(await ask({ action: 'kms:CreateGrant', resource: KEY, context: byEc2 })).toBe('ImplicitlyDenied');
    for (const action of ['kms:ScheduleKeyDeletion', 'kms:PutKeyPolicy', 'kms:Encrypt'])
      expect(await ask({ action, resource: KEY, context: byEc2 })).toBe('ImplicitlyDenied');
  });

  test('every volume is encrypted with it', () => {
    const nat = synthesise({ ...LEAST, volumeKey: KEY, network: { nat: 'nat-instance' } });
    const disks = every(nat, 'aws_instance').map((it) => it['root_block_device']);
    const mapped = every(nat, 'aws_launch_template').flatMap(
      (it) => it['block_device_mappings'] as readonly { readonly ebs: object }[],
    );
    expect(disks).toHaveLength(2);
    for (const it of [...disks, ...mapped.map(({ ebs }) => ebs)]) expect(it).toMatchObject({ kms_key_id: KEY });
  });

  test('the role that starts spot instances gets a grant, where a pool asks for spot and the role is there', () => {
    expect(every(keyed, 'aws_kms_grant')).toEqual([]);
    const spot = withKey({ capacity: 'spot' });
    const [grant] = every(spot, 'aws_kms_grant');
    expect(grant).toMatchObject({
      key_id: KEY,
      operations: expect.arrayContaining(['CreateGrant', 'Decrypt']) as string[],
    });
    expect(resolved(spot, String(grant?.['grantee_principal']))).toBe(
      `arn:aws:iam::${ACCOUNT}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`,
    );
    expect(JSON.stringify(spot.data['aws_iam_roles'])).toContain('aws iam create-service-linked-role');
    expect(
      every(synthesise({ ...LEAST, pools: { workers: { ...WORKERS, capacity: 'spot' } } }), 'aws_kms_grant'),
    ).toEqual([]);
  });
});
