import { makeAlertmanagerAdapter } from '../../webhook/adapters/alertmanager/alertmanager-adapter';
import { alertmanagerContract } from './alertmanager-contract';
import type { AlertmanagerHarness } from './alertmanager-contract';
import { AlertmanagerStandIn } from './alertmanager-stand-in';

async function httpHarness(): Promise<AlertmanagerHarness> {
  const server = new AlertmanagerStandIn();
  await server.start();
  const done = () => Promise.resolve();
  return {
    port: makeAlertmanagerAdapter({ urls: [server.url] }),
    fire: (...alerts) => done().then(() => alerts.forEach((alert) => server.fire(alert))),
    resolve: (labels) => done().then(() => server.resolve(labels)),
    silence: (silence) => Promise.resolve(server.silence(silence)),
    expireSilence: (id) => done().then(() => server.expireSilence(id)),
    disconnect: () => server.stop(),
    reconnect: () => server.start(),
    stop: () => server.stop(),
  };
}

alertmanagerContract('the adapter and a stand-in over HTTP', httpHarness);
