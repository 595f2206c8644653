import { aRequest, idsOf } from '../../contracts/ec2-contract';
import { startPeer, type Ec2Peer } from './ec2-peer';

let peer: Ec2Peer;
let id: string;

beforeEach(async () => {
  peer = await startPeer();
  [id = ''] = idsOf(await peer.port.createFleet(aRequest(peer), 'token-1'));
});
afterEach(() => peer.stop());

test('the console is asked for as it is now, and as it was collected lately where the type of the machine knows no better', async () => {
  peer.cloud.writeConsole(id, 'Linux');
  peer.cloud.gate.failNext('GetConsoleOutput', 'UnsupportedOperation');
  expect(await peer.port.consoleOutput(id)).toBe('Linux');
  const asked = peer.cloud.gate.requests.filter(({ action }) => action === 'GetConsoleOutput');
  expect(asked.map(({ params }) => params['Latest'])).toEqual(['true', undefined]);
});

test('of a console that is longer than EC2 promises the end is told', async () => {
  peer.cloud.writeConsole(id, `begin${'x'.repeat(70_000)}end`);
  const text = await peer.port.consoleOutput(id);
  expect(text).toHaveLength(65_536);
  expect(text?.endsWith('xend')).toBe(true);
});
