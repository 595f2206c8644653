import { dryRunOf, RequestGate } from '../../../simulator/ec2/request-gate';

const kindsOf = (gate: RequestGate, count: number, action = 'CreateFleet') =>
  Array.from({ length: count }, () => gate.admit(action, {}, 0)?.kind ?? 'pass');

describe('trouble on demand', () => {
  it('lets everything pass unless told otherwise', () => {
    expect(kindsOf(new RequestGate(), 2)).toEqual(['pass', 'pass']);
  });

  it('plays what was asked in order, for that action only', () => {
    const gate = new RequestGate();
    gate.failNext('CreateFleet', 'InternalError', { times: 2 });
    gate.loseNextReply('CreateFleet');
    expect(kindsOf(gate, 1, 'DescribeInstances')).toEqual(['pass']);
    expect(kindsOf(gate, 4)).toEqual(['fail', 'fail', 'lose-reply', 'pass']);
  });

  it('lets some through before it fails', () => {
    const gate = new RequestGate();
    gate.failNext('CreateFleet', 'InternalError', { after: 2 });
    expect(kindsOf(gate, 4)).toEqual(['pass', 'pass', 'fail', 'pass']);
  });

  it.each([
    ['RequestLimitExceeded', undefined, 503],
    ['UnauthorizedOperation', undefined, 403],
    ['InsufficientInstanceCapacity', undefined, 500],
    ['SomethingElse', undefined, 400],
    ['SomethingElse', 418, 418],
  ])('answers %s with its status', (code, status, expected) => {
    const gate = new RequestGate();
    gate.failNext('CreateFleet', code, { message: 'because', ...(status !== undefined && { status }) });
    expect(gate.admit('CreateFleet', {}, 0)).toMatchObject({
      error: { code, status: expected, message: 'because' },
    });
  });

  it('takes a permission away and gives it back', () => {
    const gate = new RequestGate();
    gate.deny('CreateFleet');
    expect(kindsOf(gate, 2)).toEqual(['fail', 'fail']);
    expect(kindsOf(gate, 1, 'DescribeInstances')).toEqual(['pass']);
    gate.deny('CreateFleet', false);
    expect(kindsOf(gate, 1)).toEqual(['pass']);
  });

  it('keeps dry runs apart in the log and in what is to fail, and refuses them with the real thing', () => {
    const gate = new RequestGate();
    gate.failNext('CreateFleet', 'InternalError');
    expect(gate.admit('CreateFleet', { DryRun: 'true' }, 0)).toBeNull();
    gate.failNext(dryRunOf('CreateFleet'), 'AuthFailure');
    expect(gate.admit('CreateFleet', {}, 0)).toMatchObject({ error: { code: 'InternalError' } });
    expect(gate.admit('CreateFleet', { DryRun: 'true' }, 0)).toMatchObject({ error: { code: 'AuthFailure' } });
    gate.deny('CreateFleet');
    expect(gate.admit('CreateFleet', { DryRun: 'true' }, 0)).toMatchObject({
      error: { code: 'UnauthorizedOperation' },
    });
    expect(gate.requests.map(({ action }) => action)).toEqual([
      'CreateFleet (dry run)',
      'CreateFleet',
      'CreateFleet (dry run)',
      'CreateFleet (dry run)',
    ]);
  });

  it('logs what reached EC2, failed or not, and nothing else', () => {
    const gate = new RequestGate();
    gate.failNext('CreateFleet', 'InternalError');
    gate.admit('CreateFleet', { a: 1 }, 5);
    gate.setUnreachable(true);
    expect(gate.admit('CreateFleet', { a: 2 }, 6)).toEqual({ kind: 'unreachable' });
    gate.setUnreachable(false);
    gate.admit('DescribeInstances', {}, 7);
    expect(gate.requests).toEqual([
      { action: 'CreateFleet', params: { a: 1 }, at: 5 },
      { action: 'DescribeInstances', params: {}, at: 7 },
    ]);
  });

  it('keeps the last ten thousand requests', () => {
    const gate = new RequestGate();
    for (let at = 0; at < 10_005; at += 1) gate.admit('DescribeInstances', {}, at);
    expect(gate.requests).toHaveLength(10_000);
    expect(gate.requests[0]?.at).toBe(5);
  });

  it('releases what hangs now and not what hangs later', async () => {
    const gate = new RequestGate();
    gate.hangNext('CreateFleet', 2);
    const released: string[] = [];
    const hang = (name: string) => {
      const trouble = gate.admit('CreateFleet', {}, 0);
      return trouble?.kind === 'hang' ? trouble.released.then(() => released.push(name)) : Promise.reject(new Error());
    };
    const first = hang('first');
    gate.releaseHung();
    const second = hang('second');
    await first;
    expect(released).toEqual(['first']);
    gate.releaseHung();
    await second;
    expect(released).toEqual(['first', 'second']);
  });

  it('ends all trouble, also what has not happened yet', () => {
    const gate = new RequestGate();
    gate.failNext('CreateFleet', 'VcpuLimitExceeded', { times: 3 });
    gate.loseNextReply('TerminateInstances');
    gate.deny('DescribeInstances');
    gate.setUnreachable(true);
    gate.endTrouble();
    const actions = ['CreateFleet', 'TerminateInstances', 'DescribeInstances'];
    expect(actions.map((action) => gate.admit(action, {}, 0))).toEqual([null, null, null]);
  });
});
