import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKubernetesAdapter } from '../../../webhook/adapters/kubernetes/kubernetes-adapter';
import { CERTIFICATE_FILE, ScriptedServer } from '../scripted-server';

const EMPTY = { status: 200, body: { kind: 'NodeList', metadata: {}, items: [] } };

let server: ScriptedServer;
let folder: string;

beforeEach(async () => {
  server = await ScriptedServer.start();
  server.willAnswer(EMPTY, EMPTY, EMPTY, EMPTY, EMPTY);
  folder = await mkdtemp(join(tmpdir(), 'kubernetes-client-'));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const authorizations = () => server.asked.map(({ headers }) => headers.authorization);

describe('the connection to the API server', () => {
  it('is kept between calls', async () => {
    const kubernetes = makeKubernetesAdapter({ server: server.url });
    for (let call = 0; call < 5; call++) await kubernetes.listNodes();
    expect(server.asked).toHaveLength(5);
    expect(server.connections).toBe(1);
  });

  it('carries the token of the file as it is at that moment', async () => {
    const tokenFile = join(folder, 'token');
    const kubernetes = makeKubernetesAdapter({ server: server.url, tokenFile });
    await writeFile(tokenFile, 'first\n');
    await kubernetes.listNodes();
    await writeFile(tokenFile, 'second\n');
    await kubernetes.listNodes();
    expect(authorizations()).toEqual(['Bearer first', 'Bearer second']);
    expect(server.connections).toBe(1);
  });

  it('is not tried without the token that was asked for', async () => {
    const kubernetes = makeKubernetesAdapter({ server: server.url, tokenFile: join(folder, 'none') });
    await expect(kubernetes.listNodes()).rejects.toMatchObject({
      code: 'kubernetes-unreachable',
      message: `cannot read the token file ${join(folder, 'none')}`,
    });
    expect(server.asked).toEqual([]);
  });

  it('is encrypted, to a server that the given authority vouches for and to no other', async () => {
    const secure = await ScriptedServer.start('https');
    try {
      secure.willAnswer(EMPTY, EMPTY);
      const trusting = makeKubernetesAdapter({ server: secure.url, caFile: CERTIFICATE_FILE });
      expect(await trusting.listNodes()).toEqual([]);
      expect(await trusting.listNodes()).toEqual([]);
      expect(secure.connections).toBe(1);
      await expect(makeKubernetesAdapter({ server: secure.url }).listNodes()).rejects.toMatchObject({
        code: 'kubernetes-unreachable',
        message: expect.stringContaining('self-signed certificate') as string,
      });
    } finally {
      await secure.stop();
    }
  });

  it('can be named by a kubeconfig', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(
      kubeconfig,
      JSON.stringify({
        'current-context': 'here',
        clusters: [{ name: 'c', cluster: { server: `${server.url}/`, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: { token: 'from-the-kubeconfig' } }],
        contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
      }),
    );
    const kubernetes = makeKubernetesAdapter({ kubeconfig });
    await kubernetes.listNodes();
    await kubernetes.listNodes();
    expect(server.asked[0]?.url).toBe('/api/v1/nodes?limit=500');
    expect(authorizations()).toEqual(['Bearer from-the-kubeconfig', 'Bearer from-the-kubeconfig']);
    expect(server.connections).toBe(1);
  });

  it('is refused at once when the kubeconfig is not there or names no cluster', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    expect(() => makeKubernetesAdapter({ kubeconfig })).toThrow('ENOENT');
    await writeFile(kubeconfig, '{"clusters":[],"users":[],"contexts":[]}');
    expect(() => makeKubernetesAdapter({ kubeconfig })).toThrow('set current-context');
  });
});
