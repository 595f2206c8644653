import { RequestRateWatch } from '../../webhook/assembly/request-rate-watch';
import { SmartScaleError } from '../../webhook/errors';
import { makeLogger } from '../../webhook/telemetry/logger';
import { FakeRequestRates } from '../fakes/fake-request-rates';
import { MINUTE, NOW } from '../support/builders';
import { FakeClock, settled } from '../support/fake-clock';

const requestRate = { prometheus: 'http://prometheus', query: 'sum(rate(x[5m]))' };

function begin(pools: Readonly<Record<string, { requestRate?: typeof requestRate }>> = { workers: { requestRate } }) {
  const lines: string[] = [];
  const requestRates = new FakeRequestRates();
  const clock = new FakeClock();
  const watch = new RequestRateWatch({
    cluster: 'shop',
    pools,
    requestRates,
    interval: 5 * MINUTE,
    clock,
    log: makeLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } }),
  });
  const log = () => lines.map((line) => JSON.parse(line) as { msg: string; fault?: { code: string } });
  return { watch, requestRates, clock, log };
}

test('reads when it starts and at each interval, and not once it is stopped', async () => {
  const { watch, requestRates, clock } = begin();
  expect(watch.of('workers')).toEqual({ known: false, because: 'Prometheus has not been asked yet' });
  requestRates.answer = 20;
  watch.start();
  await settled();
  expect(watch.of('workers')).toEqual({ known: true, perSecond: 20, at: clock.now() });
  await clock.advance(10 * MINUTE);
  expect(requestRates.asked).toEqual(['workers', 'workers', 'workers']);
  await watch.stop();
  await clock.advance(10 * MINUTE);
  expect(requestRates.asked).toHaveLength(3);
});

test('asks only of pools that have a query, and says nothing of the others', async () => {
  const { watch, requestRates } = begin({ web: { requestRate }, batch: {} });
  await watch.read();
  expect(requestRates.asked).toEqual(['web']);
  expect(watch.of('batch')).toBeNull();
});

test('what cannot be read any more is unknown; one line a kind of trouble, and one when it is over', async () => {
  const { watch, requestRates, log } = begin();
  requestRates.answer = 20;
  await watch.read();
  for (const code of ['prometheus-unreachable', 'request-rate-unknown', 'request-query-unusable'] as const) {
    requestRates.answer = new SmartScaleError(code, `words of ${code}`);
    for (let turn = 0; turn < 3; turn += 1) await watch.read();
    expect(watch.of('workers')).toEqual({ known: false, because: `words of ${code}` });
  }
  requestRates.answer = 30;
  await watch.read();
  expect(watch.of('workers')).toMatchObject({ known: true, perSecond: 30 });
  const told = log().flatMap(({ msg, fault }) => (fault ? [`${msg}: ${fault.code}`] : []));
  expect(told).toEqual([
    'out of order: prometheus-unreachable',
    'out of order: request-rate-unknown',
    'out of order: request-query-unusable',
  ]);
  expect(log().at(-1)?.msg).toBe('in order again');
});

test('the trouble of one pool leaves the others alone', async () => {
  const { watch, requestRates } = begin({ web: { requestRate }, api: { requestRate } });
  requestRates.perSecond = (pool) =>
    pool === 'web' ? Promise.reject(new SmartScaleError('prometheus-unreachable', 'away')) : Promise.resolve(NOW);
  await watch.read();
  expect([watch.of('web'), watch.of('api')]).toMatchObject([{ known: false }, { known: true, perSecond: NOW }]);
});
