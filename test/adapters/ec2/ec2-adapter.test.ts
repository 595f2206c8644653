import type { SmartScaleError } from '../../../webhook/errors';
import { TAGS } from '../../../webhook/model/names';
import { aRequest, idsOf } from '../../contracts/ec2-contract';
import { ScriptedServer } from '../scripted-server';
import { adapterTo, type Ec2Peer, startPeer } from './ec2-peer';

const UNKNOWN_ID = 'i-0123456789abcdef0';

describe('what the adapter sends', () => {
  let peer: Ec2Peer;
  beforeEach(async () => {
    peer = await startPeer({ maxAttempts: 1, settings: { maxPageSize: 7 } });
  });
  afterEach(() => peer.stop());

  const sent = (action: string) => peer.cloud.gate.requests.filter((request) => request.action === action);
  const launch = async (count: number) =>
    idsOf(await peer.port.createFleet(aRequest(peer, { count }), `launch-${count}`));

  it('an instant fleet with our token, tags on everything, one strategy per capacity', async () => {
    const request = aRequest(peer, {
      types: ['m6i.large', 'm6a.large'],
      tags: { [TAGS.cluster]: 'shop', Name: 'a b' },
    });
    await peer.port.createFleet({ ...request, capacity: 'spot' }, 'token-spot');
    await peer.port.createFleet(request, 'token-on-demand');
    const [spot, onDemand] = sent('CreateFleet').map(({ params }) => params);
    const [first, second] = request.overrides;
    const config = 'LaunchTemplateConfigs.1';
    const common = {
      Action: 'CreateFleet',
      Version: '2016-11-15',
      Type: 'instant',
      [`${config}.LaunchTemplateSpecification.LaunchTemplateId`]: request.template.id,
      [`${config}.LaunchTemplateSpecification.Version`]: '1',
      [`${config}.Overrides.1.InstanceType`]: first?.instanceType,
      [`${config}.Overrides.1.SubnetId`]: first?.subnetId,
      [`${config}.Overrides.1.AvailabilityZone`]: first?.zone,
      [`${config}.Overrides.2.InstanceType`]: second?.instanceType,
      [`${config}.Overrides.2.SubnetId`]: second?.subnetId,
      [`${config}.Overrides.2.AvailabilityZone`]: second?.zone,
      'TargetCapacitySpecification.TotalTargetCapacity': '1',
      ...Object.fromEntries(
        ['fleet', 'instance', 'volume'].flatMap((kind, index) => [
          [`TagSpecification.${index + 1}.ResourceType`, kind],
          [`TagSpecification.${index + 1}.Tag.1.Key`, TAGS.cluster],
          [`TagSpecification.${index + 1}.Tag.1.Value`, 'shop'],
          [`TagSpecification.${index + 1}.Tag.2.Key`, 'Name'],
          [`TagSpecification.${index + 1}.Tag.2.Value`, 'a b'],
        ]),
      ),
    };
    expect(spot).toEqual({
      ...common,
      ClientToken: 'token-spot',
      'TargetCapacitySpecification.DefaultTargetCapacityType': 'spot',
      'SpotOptions.AllocationStrategy': 'price-capacity-optimized',
    });
    expect(onDemand).toEqual({
      ...common,
      ClientToken: 'token-on-demand',
      'TargetCapacitySpecification.DefaultTargetCapacityType': 'on-demand',
      'OnDemandOptions.AllocationStrategy': 'lowest-price',
    });
  });

  it('one request a page, in every state', async () => {
    await launch(30);
    await peer.port.listInstances('shop');
    expect(sent('DescribeInstances')).toHaveLength(5);
    expect(sent('DescribeInstances')[0]?.params).toEqual({
      Action: 'DescribeInstances',
      Version: '2016-11-15',
      MaxResults: '1000',
      'Filter.1.Name': `tag:${TAGS.cluster}`,
      'Filter.1.Value.1': 'shop',
    });
  });

  it('no list at all when a page in the middle fails', async () => {
    await launch(30);
    peer.cloud.gate.failNext('DescribeInstances', 'InternalError', { after: 2 });
    await expect(peer.port.listInstances('shop')).rejects.toMatchObject({ code: 'ec2-unreachable' });
    expect(sent('DescribeInstances')).toHaveLength(3);
  });

  it('a hundred ids at a time, each once', async () => {
    const ids = await launch(130);
    await peer.port.terminate([...ids, ...ids]);
    const counts = sent('TerminateInstances').map(
      ({ params }) => Object.keys(params).filter((name) => name.startsWith('InstanceId.')).length,
    );
    expect(counts).toEqual([100, 30]);
  });

  it('single calls only for a batch that one id has spoilt', async () => {
    const ids = await launch(5);
    await peer.port.terminate([...ids, UNKNOWN_ID]);
    expect(sent('TerminateInstances')).toHaveLength(1 + 6);
  });

  it('an instance that EC2 does not know apart from the others, when it is asked what it will take away', async () => {
    const ids = await launch(9);
    const [taken = ''] = ids;
    peer.cloud.runAll();
    peer.cloud.notify(taken, { kind: 'maintenance', at: Date.now() + 60_000 });
    expect(await peer.port.notices([...ids.slice(5), UNKNOWN_ID, ...ids.slice(0, 5)])).toMatchObject([
      { instanceId: taken, kind: 'maintenance' },
    ]);
    // Ten ids, two halves of them, two of the half that fails, and the last two apart.
    expect(sent('DescribeInstanceStatus')).toHaveLength(7);
  });

  it.each([
    ['interruption', 'DescribeInstanceStatus'],
    ['maintenance', 'DescribeSpotInstanceRequests'],
  ] as const)(
    'both questions about what it will take away, and what is told of %s holds without %s',
    async (kind, other) => {
      const answer = await peer.port.createFleet({ ...aRequest(peer, { count: 2 }), capacity: 'spot' }, 'launch');
      const [taken = '', spared = ''] = idsOf(answer);
      peer.cloud.runAll();
      peer.cloud.notify(taken, { kind, at: Date.now() + 60_000 });
      peer.cloud.gate.failNext(other, 'UnauthorizedOperation', { times: 2 });
      expect(await peer.port.notices([taken, spared])).toMatchObject([{ instanceId: taken, kind }]);
      // That there is nothing is known only when both have answered.
      await expect(peer.port.notices([spared])).rejects.toMatchObject({ code: 'ec2-unauthorized' });
    },
  );

  it('nothing more once EC2 says that it is too much', async () => {
    const ids = await launch(5);
    peer.cloud.gate.failNext('TerminateInstances', 'RequestLimitExceeded', { after: 2 });
    await expect(peer.port.terminate([UNKNOWN_ID, ...ids])).rejects.toMatchObject({ code: 'ec2-throttled' });
    expect(sent('TerminateInstances')).toHaveLength(3);
  });
});

describe('the repetitions of the SDK', () => {
  const peers: Ec2Peer[] = [];
  const start: typeof startPeer = async (options) => {
    const peer = await startPeer(options);
    peers.push(peer);
    return peer;
  };
  afterEach(async () => {
    for (const peer of peers.splice(0)) await peer.stop();
  });

  it('keep the token, so that three lost replies launch once', async () => {
    const peer = await start();
    peer.cloud.gate.loseNextReply('CreateFleet', 3);
    const answer = await peer.port.createFleet(aRequest(peer, { count: 2 }), 'token-1');
    expect(idsOf(answer)).toEqual(peer.cloud.instances.map(({ id }) => id));
    expect(peer.cloud.instances).toHaveLength(2);
    expect(peer.cloud.gate.requests.map(({ params }) => params['ClientToken'])).toEqual(Array(4).fill('token-1'));
  });

  const instance = (peer: Ec2Peer) => peer.cloud.instances[0]?.id ?? '';
  it.each<[string, (peer: Ec2Peer) => Promise<unknown>]>([
    ['DescribeInstances', ({ port }) => port.listInstances('shop')],
    ['TerminateInstances', (peer) => peer.port.terminate([instance(peer)])],
    ['CreateFleet', (peer) => peer.port.createFleet(aRequest(peer), 'token-2')],
  ])('outlast a throttle of %s, after a wait, and give up on one that goes on', async (action, call) => {
    const peer = await start({ maxAttempts: 2 });
    await peer.port.createFleet(aRequest(peer), 'token-1');
    const sent = () => peer.cloud.gate.requests.filter((request) => request.action === action).length;
    const before = sent();
    peer.cloud.gate.failNext(action, 'RequestLimitExceeded');
    await call(peer);
    expect(sent() - before).toBe(2);
    peer.cloud.gate.failNext(action, 'RequestLimitExceeded', { times: 2 });
    const outcome = await call(peer).catch((error: SmartScaleError) => ({ kind: 'rejected', fault: error.fault }));
    expect(outcome).toMatchObject({
      kind: action === 'CreateFleet' ? 'unknown' : 'rejected',
      fault: { code: 'ec2-throttled', retryable: true },
    });
    expect(sent() - before).toBe(4);
  });

  it('end after four tries, and nobody knows', async () => {
    const peer = await start();
    peer.cloud.gate.loseNextReply('CreateFleet', 5);
    const answer = await peer.port.createFleet(aRequest(peer), 'token-1');
    expect(answer).toMatchObject({ kind: 'unknown', fault: { code: 'ec2-unreachable' } });
    expect(peer.cloud.gate.requests).toHaveLength(4);
    expect(peer.cloud.instances).toHaveLength(1);
  });

  it('give up on an endpoint that says nothing', async () => {
    const peer = await start({ maxAttempts: 1, requestTimeoutMs: 100 });
    peer.cloud.gate.hangNext('CreateFleet');
    peer.cloud.gate.hangNext('DescribeInstances');
    const answer = await peer.port.createFleet(aRequest(peer), 'token-1');
    expect(answer).toMatchObject({ kind: 'unknown', fault: { code: 'ec2-unreachable' } });
    await expect(peer.port.listInstances('shop')).rejects.toMatchObject({ code: 'ec2-unreachable' });
  });

  it('say that nobody listens', async () => {
    const gone = await ScriptedServer.start();
    const { port, stop } = adapterTo(gone.url, { maxAttempts: 1 });
    await gone.stop();
    await expect(port.listInstances('shop')).rejects.toMatchObject({
      code: 'ec2-unreachable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    stop();
  });
});

describe('what is not EC2', () => {
  let proxy: ScriptedServer;
  let adapter: ReturnType<typeof adapterTo>;
  beforeEach(async () => {
    proxy = await ScriptedServer.start();
    adapter = adapterTo(proxy.url, { maxAttempts: 1 });
  });
  afterEach(async () => {
    adapter.stop();
    await proxy.stop();
  });

  it.each([
    ['an empty page', 200, ''],
    ['a login page', 200, '<html><body>Please log in</body></html>'],
    ['half a page', 200, '<html><body>'],
    ['JSON', 200, '{}'],
    ['a redirect', 302, ''],
    ['not found', 404, '<html><body>no</body></html>'],
    ['forbidden by the proxy', 403, '<html><body>no</body></html>'],
    ['a bad gateway', 502, ''],
  ])('is never taken for an answer: %s', async (_, status, body) => {
    const { port } = adapter;
    proxy.alwaysAnswers('', { status, headers: { 'content-type': 'text/html' }, body });
    const unreachable = { name: 'SmartScaleError', code: 'ec2-unreachable' };
    await expect(port.listInstances('shop')).rejects.toMatchObject(unreachable);
    await expect(port.describeInstances([UNKNOWN_ID])).rejects.toMatchObject(unreachable);
    await expect(port.terminate([UNKNOWN_ID])).rejects.toMatchObject(unreachable);
    expect(await port.createFleet(REQUEST, 'token-1')).toMatchObject({
      kind: 'unknown',
      fault: { code: 'ec2-unreachable' },
    });
  });

  it.each([429, 503])('is a throttle when it says %d', async (status) => {
    const { port } = adapter;
    proxy.alwaysAnswers('', { status, body: '' });
    await expect(port.listInstances('shop')).rejects.toMatchObject({ code: 'ec2-throttled' });
  });
});

const REQUEST = {
  template: { id: 'lt-0abc', version: '1' },
  overrides: [{ instanceType: 't3.large', subnetId: 'subnet-0a', zone: 'zone-a' }],
  count: 1,
  capacity: 'spot',
  tags: {},
} as const;
