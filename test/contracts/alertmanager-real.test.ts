import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { freePort } from '../../simulator/monitoring/free-port';
import { ServerProcess } from '../../simulator/monitoring/server-process';
import { makeAlertmanagerAdapter } from '../../webhook/adapters/alertmanager/alertmanager-adapter';
import { alertmanagerContract } from './alertmanager-contract';
import type { AlertmanagerHarness } from './alertmanager-contract';

const CONFIG = `
route: { receiver: smartscale, group_by: ['...'] }
receivers: [{ name: smartscale }]
inhibit_rules:
  - { source_matchers: [scale="up"], target_matchers: [scale="down"], equal: [pool] }
`;

/** A real Alertmanager of its own for each test: alerts cannot be taken back, only resolved. */
async function realHarness(): Promise<AlertmanagerHarness> {
  const workDir = await mkdtemp(join(tmpdir(), 'alertmanager-contract-'));
  await writeFile(join(workDir, 'alertmanager.yml'), CONFIG);
  const target = `127.0.0.1:${await freePort()}`;
  const binaries = await findBinaries();
  const server = new ServerProcess({
    name: 'Alertmanager',
    program: binaries.alertmanager,
    args: [
      `--config.file=${join(workDir, 'alertmanager.yml')}`,
      `--storage.path=${join(workDir, 'data')}`,
      `--web.listen-address=${target}`,
      '--cluster.listen-address=',
    ],
    url: `http://${target}`,
    logFile: join(workDir, 'log'),
    runIn: binaries.runIn,
  });
  await server.start();
  // Alerts live in memory only: after a restart Prometheus sends them again, here the harness does.
  const sent: object[] = [];
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${server.url}/api/v2/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.headers.get('content-type')?.includes('json') ? answer.json().catch(() => null) : null;
  };
  return {
    port: makeAlertmanagerAdapter({ urls: [server.url] }),
    fire: async (...alerts) => {
      sent.push(...alerts);
      await post('alerts', alerts);
    },
    resolve: async (labels) => void (await post('alerts', [{ labels, endsAt: new Date().toISOString() }])),
    silence: async ({ matchers, endsAt, ...who }) => {
      const answer = await post('silences', {
        ...who,
        matchers: Object.entries(matchers).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })),
        startsAt: new Date().toISOString(),
        endsAt: new Date(endsAt).toISOString(),
      });
      return (answer as { silenceID: string }).silenceID;
    },
    expireSilence: async (id) => void (await fetch(`${server.url}/api/v2/silence/${id}`, { method: 'DELETE' })),
    disconnect: () => server.stop(),
    reconnect: async () => {
      await server.start();
      await post('alerts', sent);
    },
    stop: async () => {
      await server.stop();
      await rm(workDir, { recursive: true });
    },
  };
}

alertmanagerContract('the adapter and a real Alertmanager', realHarness);
