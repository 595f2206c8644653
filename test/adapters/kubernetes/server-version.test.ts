import { serverVersion } from '../../../webhook/adapters/kubernetes/server-version';
import { startSimulatedKubernetes } from '../../contracts/kubernetes-simulator-harness';
import { ScriptedServer } from '../scripted-server';
import { startKubeServer } from '../../../simulator/kubernetes/api/http-server';

test('is that of the API server', async () => {
  const cluster = await startSimulatedKubernetes();
  const server = await startKubeServer(cluster.api);
  expect(await serverVersion({ server: server.url })).toBe('v1.34.1+k3s1');
  await server.close();
  await cluster.stop();
});

test('that is refused, or does not come, is told in our words', async () => {
  const peer = await ScriptedServer.start();
  const forbidden = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403 };
  peer.willAnswer({ status: 403, headers: { 'content-type': 'application/json' }, body: forbidden }, 'hang');
  const endpoint = { server: peer.url };
  await expect(serverVersion(endpoint)).rejects.toMatchObject({ code: 'kubernetes-forbidden' });
  await expect(serverVersion(endpoint, 100)).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
  await peer.stop();
});
