import { callsOfScripts, callsOfTheWebhook } from './support/aws-calls';
import { NOT_FOR_WORKERS, SERVER, WORKER, type Row } from './support/call-table';
import { permissionsOf, policyOf } from './support/policies';
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
