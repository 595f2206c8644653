import { ERRORS, SmartScaleError } from '../../../webhook/errors';
import {
  ERROR_CLASSES,
  faultOfFleetError,
  isUnknownInstance,
  smartScaleErrorOf,
  verdictOf,
} from '../../../webhook/adapters/ec2/error-table';
import { aRequest } from '../../contracts/ec2-contract';
import { type Ec2Peer, startPeer } from './ec2-peer';

const ROWS = ERROR_CLASSES.flatMap(({ code, outcome, names }) => names.map((name) => [name, code, outcome] as const));
/** Made by the SDK itself, never sent by EC2. */
const FROM_EC2 = ROWS.filter(([name]) => name !== 'CredentialsProviderError');

describe('the table of EC2 errors', () => {
  it('has every name once', () => {
    const names = ROWS.map(([name]) => name);
    expect(names).toEqual([...new Set(names)]);
    expect(names.length).toBeGreaterThan(45);
  });

  it('never calls a refusal what may have launched', () => {
    const unknown = ERROR_CLASSES.filter(({ outcome }) => outcome === 'unknown').map(({ code }) => code);
    expect(new Set(unknown)).toEqual(
      new Set(['ec2-throttled', 'ec2-unreachable', 'ec2-unauthorized', 'ec2-token-reused']),
    );
  });

  it.each([
    ['InvalidLaunchTemplateId.VersionNotFound', 'ec2-bad-configuration'],
    ['InvalidIamInstanceProfileArn.NotFound', 'ec2-bad-configuration'],
    ['InvalidFleetConfig', 'ec2-bad-configuration'],
    ['InvalidParameterCombination', 'ec2-bad-configuration'],
    ['SomethingNewWithoutAFamily', 'ec2-bad-configuration'],
    ['InsufficientInstanceCapacity', 'ec2-no-capacity'],
  ])('reads %s in the errors of a fleet as %s', (name, code) => {
    expect(faultOfFleetError(name, 'why')).toEqual({
      code,
      retryable: ERRORS[code as keyof typeof ERRORS].retryable,
      message: `${name}: why`,
    });
  });

  it('cuts long messages, which carry encoded policies', () => {
    const { message } = faultOfFleetError('UnauthorizedOperation', 'x'.repeat(5_000));
    expect(message).toHaveLength(300);
    expect(message).toMatch(/^UnauthorizedOperation: x+…$/);
  });

  it.each([
    [new Error('boom'), 'ec2-unreachable', 'unknown'],
    [new TypeError('not a function'), 'ec2-unreachable', 'unknown'],
    ['a string', 'ec2-unreachable', 'unknown'],
    [Object.assign(new Error('no keys'), { name: 'CredentialsProviderError' }), 'ec2-unauthorized', 'unknown'],
    [Object.assign(new Error('state'), { name: 'InvalidStateError' }), 'ec2-unreachable', 'unknown'],
  ])('does not know what happened after %s', (error, code, outcome) => {
    expect(verdictOf(error)).toMatchObject({ outcome, fault: { code } });
  });

  it('keeps an error that is ours, and the cause of one that is not', () => {
    const ours = new SmartScaleError('internal', 'mine');
    expect(smartScaleErrorOf(ours)).toBe(ours);
    const cause = new Error('theirs');
    expect(smartScaleErrorOf(cause)).toMatchObject({ code: 'ec2-unreachable', message: 'theirs', cause });
  });

  it('knows an instance that is not there from a template that is not there', () => {
    const named = (Code: string) => Object.assign(new Error('x'), { Code });
    expect(isUnknownInstance(named('InvalidInstanceID.NotFound'))).toBe(true);
    expect(isUnknownInstance(named('InvalidInstanceID.Malformed'))).toBe(true);
    expect(isUnknownInstance(named('InvalidInstanceIDNotFound'))).toBe(false);
    expect(isUnknownInstance(named('InvalidSubnetID.NotFound'))).toBe(false);
  });
});

describe('every error of the table over the wire', () => {
  let peer: Ec2Peer;
  beforeAll(async () => {
    peer = await startPeer({ maxAttempts: 1 });
  });
  afterAll(() => peer.stop());

  it.each(FROM_EC2)('%s is %s, the outcome %s', async (name, code, outcome) => {
    const { port, cloud } = peer;
    cloud.gate.failNext('CreateFleet', name);
    cloud.gate.failNext('DescribeInstances', name);
    cloud.gate.failNext('TerminateInstances', name);
    const { retryable } = ERRORS[code];
    const message = expect.stringContaining(name) as string;
    expect(await port.createFleet(aRequest(peer), name)).toMatchObject({
      kind: outcome,
      fault: { code, retryable, message },
    });
    await expect(port.listInstances('shop')).rejects.toMatchObject({ name: 'SmartScaleError', code });
    await expect(port.terminate(['i-0123456789abcdef0'])).rejects.toMatchObject({ name: 'SmartScaleError', code });
  });

  it.each([
    [400, 'ec2-bad-configuration', 'refused'],
    [500, 'ec2-unreachable', 'unknown'],
    [503, 'ec2-throttled', 'unknown'],
  ])('an error that nobody listed is judged by its status %d', async (status, code, outcome) => {
    peer.cloud.gate.failNext('CreateFleet', 'NewIn2030', { status });
    expect(await peer.port.createFleet(aRequest(peer), `new-${status}`)).toMatchObject({
      kind: outcome,
      fault: { code },
    });
  });
});
