import { startLoopbackServer } from '../../simulator/loopback-server';
import { Wire } from '../../simulator/stage/wire';

test('a wire passes on what is asked and answered, no sooner than it should, and writes it down', async () => {
  const peer = await startLoopbackServer((request, response) => {
    request.resume().on('end', () => response.writeHead(418, { 'x-seen': request.url }).end('short and stout'));
  });
  const wire = new Wire(30);
  const url = await wire.to('EC2', peer.url);
  const answer = await fetch(`${url}/?tea`, { method: 'POST', body: new URLSearchParams({ Action: 'CreateFleet' }) });
  expect([answer.status, answer.headers.get('x-seen'), await answer.text()]).toEqual([418, '/?tea', 'short and stout']);
  const [crossing] = await wire.until((all) => (all[0]?.answeredAt ? all : undefined), 5000);
  expect(crossing).toMatchObject({ to: 'EC2', what: 'CreateFleet' });
  // Timers may fire a millisecond early.
  expect((crossing?.answeredAt ?? 0) - (crossing?.sentAt ?? 0)).toBeGreaterThan(28);
  await expect(wire.until(() => undefined, 1)).rejects.toThrow('did not cross the wire');
  await wire.stop();
  await peer.close();
});
