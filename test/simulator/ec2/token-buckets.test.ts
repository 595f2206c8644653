import { RequestGate } from '../../../simulator/ec2/request-gate';
import { EC2_RATES, TokenBuckets } from '../../../simulator/ec2/token-buckets';

const granted = (buckets: TokenBuckets, action: string, count: number, at: number) =>
  Array.from({ length: count }, () => buckets.take(action, at)).filter(Boolean).length;

describe('the buckets of EC2', () => {
  it('grant a burst, then what is earned, and never more than a burst again', () => {
    const buckets = new TokenBuckets(EC2_RATES);
    expect(granted(buckets, 'DescribeInstances', 150, 0)).toBe(100);
    expect(granted(buckets, 'DescribeInstances', 150, 500)).toBe(10);
    expect(granted(buckets, 'DescribeInstances', 150, 3_600_000)).toBe(100);
  });

  it('are one for all that reads and one for all that changes', () => {
    const buckets = new TokenBuckets(EC2_RATES);
    expect(granted(buckets, 'DescribeSubnets', 100, 0)).toBe(100);
    expect(granted(buckets, 'DescribeInstances', 1, 0)).toBe(0);
    expect(granted(buckets, 'CreateFleet', 60, 0)).toBe(50);
    expect(granted(buckets, 'CreateTags', 1, 0)).toBe(0);
  });

  it('are apart for what has its own', () => {
    const buckets = new TokenBuckets(EC2_RATES);
    expect(granted(buckets, 'RunInstances', 10, 0)).toBe(5);
    expect(granted(buckets, 'TerminateInstances', 110, 0)).toBe(100);
    expect(granted(buckets, 'CreateFleet', 10, 0)).toBe(10);
  });

  it('earn nothing when the clock goes back', () => {
    const buckets = new TokenBuckets({ ...EC2_RATES, change: { perSecond: 1, burst: 1 } });
    expect(granted(buckets, 'CreateFleet', 2, 10_000)).toBe(1);
    expect(granted(buckets, 'CreateFleet', 2, 0)).toBe(0);
    expect(granted(buckets, 'CreateFleet', 2, 10_999)).toBe(0);
    expect(granted(buckets, 'CreateFleet', 2, 11_000)).toBe(1);
  });
});

test('the gate throttles what comes too fast with the error of EC2, until it is told to stop', () => {
  const gate = new RequestGate();
  gate.limit({ ...EC2_RATES, describe: { perSecond: 1, burst: 1 } });
  expect(gate.admit('DescribeInstances', {}, 0)).toBeNull();
  expect(gate.admit('DescribeInstances', {}, 1)).toMatchObject({
    kind: 'fail',
    error: { code: 'RequestLimitExceeded', status: 503 },
  });
  gate.limit(null);
  expect(gate.admit('DescribeInstances', {}, 2)).toBeNull();
});
