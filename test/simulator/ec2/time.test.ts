import type { InstanceChange } from '../../../simulator/ec2/ec2-types';
import { aCloud, aFleet, START } from './sample';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

function begin() {
  const { cloud, advance } = aCloud();
  const changes: InstanceChange[] = [];
  cloud.onChange((change) => changes.push(change));
  const told = () =>
    changes.map(({ from, at, instance }) => `${(at - START) / SECOND} ${from ?? 'new'} > ${instance.state}`);
  return { cloud, advance, told, changes };
}

describe('instances in time', () => {
  it('passes through every state when it is due, not when somebody looks', () => {
    const { cloud, advance, told } = begin();
    cloud.createFleet(aFleet());
    advance(30 * SECOND);
    cloud.terminateInstances(cloud.instances.map(({ id }) => id));
    advance(HOUR);
    cloud.tick();
    expect(told()).toEqual([
      '0 new > pending',
      '8 pending > running',
      '30 running > shutting-down',
      '50 shutting-down > terminated',
    ]);
    expect(cloud.instances).toHaveLength(1);
    advance(20 * SECOND);
    expect(cloud.instances).toEqual([]);
  });

  it('tells changes of several instances in the order in which they were due', () => {
    const { cloud, advance, told } = begin();
    const [first] = cloud.createFleet(aFleet()).launched.flatMap(({ instances }) => instances);
    cloud.terminateByHand(first?.id ?? '');
    advance(15 * SECOND);
    cloud.createFleet(aFleet());
    advance(60 * SECOND);
    cloud.tick();
    expect(told().slice(2)).toEqual(['15 new > pending', '20 shutting-down > terminated', '23 pending > running']);
  });

  it('gives the same story however often it is asked', () => {
    const stories = [1, 100].map((steps) => {
      const { cloud, advance, told } = begin();
      cloud.createFleet(aFleet({ total: 3 }));
      cloud.terminateByHand(cloud.instances[1]?.id ?? '');
      for (let step = 0; step < steps; step += 1) {
        advance((60 * SECOND) / steps);
        cloud.tick();
      }
      return told();
    });
    expect(stories[0]).toEqual(stories[1]);
    expect(stories[0]).toHaveLength(3 + 1 + 2 + 1);
  });

  it('says when something happens next', () => {
    const { cloud, advance } = begin();
    expect(cloud.nextChangeAt()).toBeNull();
    cloud.createFleet(aFleet());
    expect(cloud.nextChangeAt()).toBe(START + 8 * SECOND);
    advance(8 * SECOND);
    cloud.tick();
    expect(cloud.nextChangeAt()).toBeNull();
  });

  it('lets a listener act, and stops telling it when told to', () => {
    const { cloud, advance, told } = begin();
    const stop = cloud.onChange(({ from, instance }) => {
      if (from === 'pending' && instance.state === 'running') cloud.terminateByHand(instance.id);
    });
    cloud.createFleet(aFleet());
    advance(8 * SECOND);
    cloud.tick();
    expect(told()).toEqual(['0 new > pending', '8 pending > running', '8 running > shutting-down']);
    stop();
    cloud.createFleet(aFleet());
    advance(8 * SECOND);
    cloud.tick();
    expect(told().at(-1)).toBe('16 pending > running');
  });

  it('terminates for the reason given, and keeps the first reason', () => {
    const { cloud } = begin();
    cloud.createFleet(aFleet());
    const [{ id } = { id: '' }] = cloud.instances;
    const interrupted = { code: 'Server.SpotInstanceTermination', message: 'Spot instance termination' };
    cloud.terminateByHand(id, interrupted);
    cloud.terminateInstances([id]);
    cloud.finishTerminations();
    expect(cloud.instances[0]).toMatchObject({ state: 'terminated', stateReason: interrupted });
  });

  it('hands out snapshots that later changes leave alone', () => {
    const { cloud, changes } = begin();
    cloud.createFleet(aFleet());
    cloud.runAll();
    cloud.createTags([cloud.instances[0]?.id ?? ''], { late: 'yes' });
    expect(changes[0]?.instance).toMatchObject({ state: 'pending' });
    expect(changes[0]?.instance.tags).not.toHaveProperty('late');
    expect(cloud.instances[0]?.tags).toMatchObject({ late: 'yes' });
  });
});
