import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries';
import { freePort } from './free-port';
import { renderAlertmanagerConfig, renderFiles, renderFlags, type RenderSettings } from './render';
import { ServerProcess } from './server-process';
import { SHIPPED } from './shipped-files';
import { scaleDuration } from './time-scale';

export interface MonitoringSettings extends Omit<RenderSettings, 'alertmanagerTargets'> {
  /** From findBinaries(). */
  readonly binaries: Binaries;
  /** More Alertmanagers beside the one that posts to `webhookUrl`. */
  readonly others?: {
    /** Where each of them posts. */
    readonly webhookUrls: readonly string[];
    /** They gossip with the first; false: a network partition keeps them apart. */
    readonly connected: boolean;
  };
}

/** A running Prometheus and Alertmanager with the shipped policy, rendered for this machine and time scale. */
export interface Monitoring {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  /** The rendered rules that Prometheus reads; change them and reload. */
  readonly rulesFile: string;
  readonly alertmanagerConfigFile: string;
  readonly prometheus: ServerProcess;
  readonly alertmanager: ServerProcess;
  /** All of them, the one above first. */
  readonly alertmanagers: readonly ServerProcess[];
  /** Rewrites the rules and reloads Prometheus. Rejects when Prometheus refuses them; the old ones then stay in force. */
  editRules(edit: (text: string) => string): Promise<void>;
  /** Both servers read their files again. */
  reload(): Promise<void>;
  restartPrometheus(): Promise<void>;
  restartAlertmanager(): Promise<void>;
  /** Ends both; the work folder stays. */
  stop(): Promise<void>;
}

/** Starts both servers on free ports of 127.0.0.1 and resolves when they are ready; rejects with their log if not. */
export async function startMonitoring(settings: MonitoringSettings): Promise<Monitoring> {
  const members = await Promise.all([settings.webhookUrl, ...(settings.others?.webhookUrls ?? [])].map(member));
  const prometheusTarget = `127.0.0.1:${await freePort()}`;
  const files = await renderFiles({ ...settings, alertmanagerTargets: members.map(({ target }) => target) });
  const alertmanager = await alertmanagerProcess(settings, files.alertmanagerConfig, members, 0);
  const others = await Promise.all(members.slice(1).map((_, i) => otherAlertmanager(settings, members, i + 1)));
  const prometheus = await prometheusProcess(settings, prometheusTarget, files.prometheusConfig);
  const alertmanagers = [alertmanager, ...others];
  const stop = async (): Promise<void> => {
    await prometheus.stop();
    await Promise.all(alertmanagers.map((server) => server.stop()));
  };
  try {
    await Promise.all([...alertmanagers, prometheus].map((server) => server.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    prometheusUrl: prometheus.url,
    alertmanagerUrl: alertmanager.url,
    rulesFile: files.rules,
    alertmanagerConfigFile: files.alertmanagerConfig,
    prometheus,
    alertmanager,
    alertmanagers,
    editRules: async (edit) => {
      await writeFile(files.rules, edit(await readFile(files.rules, 'utf8')));
      await prometheus.reload();
    },
    reload: async () => {
      await Promise.all([...alertmanagers, prometheus].map((server) => server.reload()));
    },
    restartPrometheus: () => prometheus.restart(),
    restartAlertmanager: () => alertmanager.restart(),
    stop,
  };
}

/** One Alertmanager: where it listens, where it gossips, where it posts. */
interface Member {
  readonly target: string;
  readonly gossip: string;
  readonly webhookUrl: string;
}

async function member(webhookUrl: string): Promise<Member> {
  return { target: `127.0.0.1:${await freePort()}`, gossip: `127.0.0.1:${await freePort()}`, webhookUrl };
}

async function otherAlertmanager(settings: MonitoringSettings, members: readonly Member[], index: number) {
  const config = join(settings.workDir, `alertmanager-${index + 1}.yml`);
  await renderAlertmanagerConfig(config, members[index]?.webhookUrl ?? '', settings);
  return alertmanagerProcess(settings, config, members, index);
}

async function alertmanagerProcess(
  settings: MonitoringSettings,
  config: string,
  members: readonly Member[],
  index: number,
): Promise<ServerProcess> {
  const { binaries, workDir, timeScale } = settings;
  const { target = '', gossip = '' } = members[index] ?? {};
  const name = index === 0 ? 'alertmanager' : `alertmanager-${index + 1}`;
  const args = await renderFlags(SHIPPED.alertmanagerFlags, timeScale, {
    'config.file': config,
    'storage.path': join(workDir, name),
    'web.listen-address': target,
    'log.level': 'warn',
    ...(settings.others?.connected && { 'cluster.listen-address': gossip }),
  });
  const peers = settings.others?.connected ? members.filter((_, other) => other !== index) : [];
  return new ServerProcess({
    name: 'Alertmanager',
    program: binaries.alertmanager,
    args: [...args, ...peers.map((peer) => `--cluster.peer=${peer.gossip}`)],
    url: `http://${target}`,
    logFile: join(workDir, `${name}.log`),
    runIn: binaries.runIn,
  });
}

async function prometheusProcess(
  { binaries, workDir, timeScale }: MonitoringSettings,
  target: string,
  config: string,
): Promise<ServerProcess> {
  const args = await renderFlags(SHIPPED.prometheusFlags, timeScale, {
    'config.file': config,
    'storage.tsdb.path': join(workDir, 'prometheus'),
    'web.listen-address': target,
    // POST /-/reload; in production SIGHUP does it, and nobody in the cluster may end the server over HTTP.
    'web.enable-lifecycle': 'true',
    // Prometheus' own throttle, 5 s of real time: fresh targets would wait for minutes of scaled time.
    'scrape.discovery-reload-interval': scaleDuration('5s', timeScale),
    'log.level': 'warn',
  });
  return new ServerProcess({
    name: 'Prometheus',
    program: binaries.prometheus,
    // A boolean flag takes no value.
    args: args.map((arg) => arg.replace(/=true$/, '')),
    url: `http://${target}`,
    logFile: join(workDir, 'prometheus.log'),
    runIn: binaries.runIn,
  });
}
