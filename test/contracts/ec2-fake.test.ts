import { TAGS } from '../../webhook/model/names';
import { FakeEc2 } from '../fakes/fake-ec2';
import { aRequest, ec2Contract, idsOf } from './ec2-contract';

function clockAt(start: number) {
  let time = start;
  return { now: () => time, advance: (ms: number) => void (time += ms) };
}

const START = Date.UTC(2026, 0, 5, 12);

ec2Contract('the fake', (settings) => {
  const clock = clockAt(START);
  const fake = new FakeEc2({ clock, ...settings });
  return Promise.resolve({
    port: fake,
    cloud: fake.cloud,
    advance: clock.advance,
    stop: () => Promise.resolve(),
  });
});

describe('the fake besides the port', () => {
  const begin = () => new FakeEc2({ clock: clockAt(START) });

  it('makes pending instances run at once', async () => {
    const fake = begin();
    await fake.createFleet(aRequest(fake, { count: 2 }), 'token-1');
    expect(fake.instances.map(({ state }) => state)).toEqual(['pending', 'pending']);
    fake.runAll();
    expect(fake.instances.map(({ state }) => state)).toEqual(['running', 'running']);
  });

  it('ends one by hand, and all terminations at once', async () => {
    const fake = begin();
    const [id = ''] = idsOf(await fake.createFleet(aRequest(fake, { count: 2 }), 'token-1'));
    fake.terminateByHand(id);
    fake.finishTerminations();
    expect(fake.instances.map(({ state }) => state)).toEqual(['terminated', 'pending']);
  });

  it('fails as often as it was told to, and keeps a log of what it was asked', async () => {
    const fake = begin();
    fake.failNext('CreateFleet', 'UnfulfillableCapacity', { times: 2 });
    const request = aRequest(fake);
    const kinds = [];
    for (let turn = 0; turn < 3; turn += 1) kinds.push((await fake.createFleet(request, 'token-1')).kind);
    expect(kinds).toEqual(['refused', 'refused', 'launched']);
    expect(fake.requests).toHaveLength(3);
    expect(fake.requests[0]).toEqual({ action: 'CreateFleet', at: START, params: { request, token: 'token-1' } });
  });

  it('loses replies, and does not answer until it is released', async () => {
    const fake = begin();
    fake.loseNextReply('CreateFleet');
    expect((await fake.createFleet(aRequest(fake), 'token-1')).kind).toBe('unknown');
    expect(fake.instances).toHaveLength(1);
    fake.hangNext('CreateFleet');
    let answered = false;
    const hanging = fake.createFleet(aRequest(fake), 'token-2').finally(() => (answered = true));
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    fake.releaseHung();
    expect((await hanging).kind).toBe('unknown');
    expect(fake.instances).toHaveLength(1);
  });

  it('shows less than there is when told to, listed and by id', async () => {
    const fake = begin();
    const request = aRequest(fake, { count: 3, tags: { [TAGS.cluster]: 'shop' } });
    const ids = idsOf(await fake.createFleet(request, 'token-1'));
    fake.cloud.truncateAnswers(2);
    expect((await fake.listInstances('shop')).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect((await fake.describeInstances(ids.slice(1))).map(({ id }) => id)).toEqual(ids.slice(1));
    expect(fake.instances).toHaveLength(3);
  });

  it('logs nothing that did not reach it', async () => {
    const fake = begin();
    fake.makeUnreachable();
    await expect(fake.listInstances('shop')).rejects.toMatchObject({ code: 'ec2-unreachable' });
    expect(fake.requests).toEqual([]);
    fake.makeUnreachable(false);
    expect(await fake.listInstances('shop')).toEqual([]);
  });
});
