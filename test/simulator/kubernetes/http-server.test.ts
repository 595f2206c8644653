import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { startKubeServer, type KubeServer } from '../../../simulator/kubernetes/api/http-server';
import { KubeApi } from '../../../simulator/kubernetes/api/kube-api';
import { makeCluster, type TestCluster } from './test-cluster';

let cluster: TestCluster;
let api: KubeApi;
let server: KubeServer;

beforeEach(async () => {
  cluster = makeCluster();
  cluster.addReadyNodes('n1', 'n2');
  api = new KubeApi(cluster);
  server = await startKubeServer(api);
});

afterEach(() => server.close());

const OTHER_UID = JSON.stringify({ preconditions: { uid: '00000000-0000-0000-0000-000000000000' } });

/** Deletes node n1 if its uid is another one, with the body announced in the given way. */
function deleteWithBody(headers: Record<string, string | number>): Promise<number> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path: '/api/v1/nodes/n1', method: 'DELETE', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end(OTHER_UID);
  });
}

/** Sends bytes as they are and gives all that comes back until the server ends the connection. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('the body of a DELETE', () => {
  it('counts when it is announced by length or chunked', async () => {
    expect(await deleteWithBody({ 'Content-Length': Buffer.byteLength(OTHER_UID) })).toBe(409);
    expect(await deleteWithBody({ 'Transfer-Encoding': 'chunked' })).toBe(409);
    expect(cluster.node('n1')).toBeDefined();
  });

  it('is lost with its precondition when it is not announced: the node is gone, the left-over bytes are a 400', async () => {
    const head = 'DELETE /api/v1/nodes/n1 HTTP/1.1\r\nHost: simulator\r\nContent-Type: application/json\r\n\r\n';
    const answer = await raw(`${head}${OTHER_UID}`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(answer).toMatch(/text\/plain[^]*400 Bad Request$/);
    expect(cluster.node('n1')).toBeUndefined();
  });
});

describe('the server', () => {
  it('lets connections break while it is out of reach', async () => {
    api.gate.unreachable = true;
    await expect(fetch(`${server.url}/api/v1/nodes`)).rejects.toThrow('fetch failed');
    api.gate.unreachable = false;
    expect((await fetch(`${server.url}/api/v1/nodes`)).status).toBe(200);
  });

  it('can lose an answer after having done what was asked', async () => {
    api.gate.loseNextReply({ method: 'DELETE' });
    const lost = fetch(`${server.url}/api/v1/nodes/n1`, { method: 'DELETE' });
    await expect(lost).rejects.toThrow('fetch failed');
    expect(cluster.node('n1')).toBeUndefined();
    expect((await fetch(`${server.url}/api/v1/nodes/n1`, { method: 'DELETE' })).status).toBe(404);
  });

  it('refuses a body that is too large', async () => {
    const body = JSON.stringify({ metadata: { name: 'x'.repeat(4 * 2 ** 20) } });
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${server.url}/api/v1/nodes`, { method: 'POST', headers, body });
    expect(answer.status).toBe(413);
  });

  it('answers many calls on kept connections', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { hostname, port } = new URL(server.url);
    const get = () =>
      new Promise<number>((resolve, reject) => {
        const request = httpRequest({ agent, hostname, port, path: '/api/v1/nodes' }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        });
        request.on('error', reject).end();
      });
    for (let call = 0; call < 20; call += 1) expect(await get()).toBe(200);
    agent.destroy();
  });

  it('ends open connections when it is closed', async () => {
    const open = raw('GET /api/v1/nodes HTTP/1.1\r\nHost: simulator\r\n\r\n').catch(() => 'broken');
    while (api.gate.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    expect(await open).toMatch(/broken|HTTP\/1\.1 200/);
    server = await startKubeServer(api);
  });
});
