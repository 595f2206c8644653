import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries';
import { freePort } from './free-port';
import { renderFiles, renderFlags, type RenderSettings } from './render';
import { ServerProcess } from './server-process';
import { SHIPPED } from './shipped-files';
import { scaleDuration } from './time-scale';

export interface MonitoringSettings extends Omit<RenderSettings, 'alertmanagerTarget'> {
  /** From findBinaries(). */
  readonly binaries: Binaries;
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
  const alertmanagerTarget = `127.0.0.1:${await freePort()}`;
  const prometheusTarget = `127.0.0.1:${await freePort()}`;
  const files = await renderFiles({ ...settings, alertmanagerTarget });
  const alertmanager = await alertmanagerProcess(settings, alertmanagerTarget, files.alertmanagerConfig);
  const prometheus = await prometheusProcess(settings, prometheusTarget, files.prometheusConfig);
  const stop = async (): Promise<void> => {
    await prometheus.stop();
    await alertmanager.stop();
  };
  try {
    await Promise.all([alertmanager.start(), prometheus.start()]);
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
    editRules: async (edit) => {
      await writeFile(files.rules, edit(await readFile(files.rules, 'utf8')));
      await prometheus.reload();
    },
    reload: async () => {
      await Promise.all([alertmanager.reload(), prometheus.reload()]);
    },
    restartPrometheus: () => prometheus.restart(),
    restartAlertmanager: () => alertmanager.restart(),
    stop,
  };
}

async function alertmanagerProcess(
  { binaries, workDir, timeScale }: MonitoringSettings,
  target: string,
  config: string,
): Promise<ServerProcess> {
  const args = await renderFlags(SHIPPED.alertmanagerFlags, timeScale, {
    'config.file': config,
    'storage.path': join(workDir, 'alertmanager'),
    'web.listen-address': target,
    'log.level': 'warn',
  });
  return new ServerProcess({
    name: 'Alertmanager',
    program: binaries.alertmanager,
    args,
    url: `http://${target}`,
    logFile: join(workDir, 'alertmanager.log'),
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
