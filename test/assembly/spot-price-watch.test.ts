import { SpotPriceWatch } from '../../webhook/assembly/spot-price-watch';
import { SmartScaleError } from '../../webhook/errors';
import { makeLogger } from '../../webhook/telemetry/logger';
import { MINUTE, NOW } from '../support/builders';

const PRICE = { type: 'm6i.large', zone: 'eu-central-1a', dollarsPerHour: 0.044, since: NOW };

function begin() {
  const lines: string[] = [];
  const asked: unknown[] = [];
  const world = { now: NOW, fault: null as SmartScaleError | null, prices: [PRICE] };
  const watch = new SpotPriceWatch({
    cluster: 'shop',
    ec2: {
      spotPrices: (types, at) => {
        asked.push([types, at]);
        return world.fault ? Promise.reject(world.fault) : Promise.resolve(world.prices);
      },
    },
    clock: { now: () => world.now, sleep: () => Promise.resolve() },
    log: makeLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
  });
  const messages = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  return { watch, world, asked, messages };
}

test('knows nothing before it has read anything', () => {
  const { watch } = begin();
  expect([watch.prices, watch.standing]).toEqual([[], { readAt: null, fault: null }]);
});

test('reads the types that it is told, as they are now', async () => {
  const { watch, asked } = begin();
  await watch.read(['m6i.large']);
  expect(asked).toEqual([[['m6i.large'], NOW]]);
  expect([watch.prices, watch.standing]).toEqual([[PRICE], { readAt: NOW, fault: null }]);
});

test('what was read stands while EC2 does not answer, and says how old it is; one line when it begins and one when it ends', async () => {
  const { watch, world, messages } = begin();
  await watch.read(['m6i.large']);
  world.fault = new SmartScaleError('ec2-unauthorized', 'not allowed: ec2:DescribeSpotPriceHistory');
  for (let turn = 0; turn < 3; turn += 1) {
    world.now += 5 * MINUTE;
    await watch.read(['m6i.large']);
  }
  expect(watch.prices).toEqual([PRICE]);
  expect(watch.standing).toMatchObject({ readAt: NOW, fault: { code: 'ec2-unauthorized' } });
  expect(messages()).toEqual(['out of order']);
  world.fault = null;
  await watch.read(['m6i.large']);
  expect(watch.standing).toEqual({ readAt: NOW + 15 * MINUTE, fault: null });
  expect(messages()).toEqual(['out of order', 'in order again']);
});
