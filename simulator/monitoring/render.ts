import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseDocument, type Document } from 'yaml';
import { SHIPPED } from './shipped-files';
import { scaleText } from './time-scale';

/** What the local servers need to know that production has from its own surroundings. */
export interface RenderSettings {
  /** Existing folder; everything is written below it. */
  readonly workDir: string;
  /** Policy durations are divided by this; 1 = as shipped. */
  readonly timeScale: number;
  /** Name of the cluster: external label of every alert. */
  readonly cluster: string;
  /** Where Alertmanager posts, the full address. */
  readonly webhookUrl: string;
  /** Bearer token of these posts; none: no header. */
  readonly webhookToken?: string;
  /** host:port whose /metrics is the webhook's. */
  readonly webhookMetricsTarget: string;
  /** GET <discoveryUrl>/sd/<job> answers with the http_sd targets of the jobs node-exporter and kube-state-metrics. */
  readonly discoveryUrl: string;
  /** host:port of every Alertmanager. */
  readonly alertmanagerTargets: readonly string[];
}

export interface RenderedFiles {
  readonly rules: string;
  readonly prometheusConfig: string;
  readonly alertmanagerConfig: string;
}

/** On loopback nobody else listens: plain HTTP, and no password. */
const DOORS = ['scheme', 'tls_config', 'basic_auth'];

/** Targets are looked for this often, before scaling; in production Kubernetes tells of changes at once. */
const DISCOVERY_INTERVAL = '5s';

/** Writes the shipped files into the work folder: addresses, paths and discovery of this machine, durations divided. */
export async function renderFiles(settings: RenderSettings): Promise<RenderedFiles> {
  const folder = join(settings.workDir, 'rules');
  await mkdir(folder, { recursive: true });
  const files = {
    rules: join(folder, 'smartscale.rules.yaml'),
    prometheusConfig: join(settings.workDir, 'prometheus.yml'),
    alertmanagerConfig: join(settings.workDir, 'alertmanager.yml'),
  };
  const { webhookToken } = settings;
  if (webhookToken !== undefined) await writeFile(tokenFileIn(settings.workDir), webhookToken, { mode: 0o600 });
  const prometheus = prometheusConfig(await readFile(SHIPPED.prometheusConfig, 'utf8'), settings, folder);
  await writeFile(files.rules, scaleText(await readFile(SHIPPED.rules, 'utf8'), settings.timeScale));
  await writeFile(files.prometheusConfig, scaleText(prometheus, settings.timeScale));
  await renderAlertmanagerConfig(files.alertmanagerConfig, settings.webhookUrl, settings);
  return files;
}

/** Writes the configuration of an Alertmanager that posts to `webhookUrl`; the token file has to be there. */
export async function renderAlertmanagerConfig(
  file: string,
  webhookUrl: string,
  settings: Pick<RenderSettings, 'workDir' | 'timeScale' | 'webhookToken'>,
): Promise<void> {
  const text = await readFile(SHIPPED.alertmanagerConfig, 'utf8');
  const config = alertmanagerConfig(text, webhookUrl, settings.webhookToken && tokenFileIn(settings.workDir));
  await writeFile(file, scaleText(config, settings.timeScale));
}

function tokenFileIn(workDir: string): string {
  return join(workDir, 'webhook-token');
}

/** Command line of a server: the shipped flags, durations divided, with `local` ones on top. */
export async function renderFlags(
  shipped: string,
  timeScale: number,
  local: Readonly<Record<string, string>>,
): Promise<string[]> {
  const flags = parse(scaleText(await readFile(shipped, 'utf8'), timeScale)) as Record<string, string>;
  return Object.entries({ ...flags, ...local }).map(([name, value]) => `--${name}=${value}`);
}

function prometheusConfig(text: string, settings: RenderSettings, rulesFolder: string): string {
  const document = parseDocument(text);
  document.setIn(['global', 'external_labels', 'cluster'], settings.cluster);
  document.setIn(['rule_files'], [join(rulesFolder, '*.yaml')]);
  const alertmanager = ['alerting', 'alertmanagers', 0, 'static_configs', 0, 'targets'];
  document.setIn(alertmanager, [...settings.alertmanagerTargets]);
  for (const door of DOORS) document.deleteIn(['alerting', 'alertmanagers', 0, door]);
  const jobs = (document.toJS() as { scrape_configs: { job_name: string }[] }).scrape_configs;
  jobs.forEach(({ job_name: job }, index) => discoverLocally(document, ['scrape_configs', index], job, settings));
  return document.toString({ lineWidth: 0 });
}

function discoverLocally(
  document: Document,
  path: readonly (string | number)[],
  job: string,
  settings: RenderSettings,
): void {
  document.deleteIn([...path, 'kubernetes_sd_configs']);
  for (const door of DOORS) document.deleteIn([...path, door]);
  if (job === 'smartscale') {
    document.setIn([...path, 'static_configs'], [{ targets: [settings.webhookMetricsTarget] }]);
    document.setIn([...path, 'metric_relabel_configs', 0, 'regex'], `${settings.cluster}|`);
  } else {
    const url = `${settings.discoveryUrl}/sd/${job}`;
    document.setIn([...path, 'http_sd_configs'], [{ url, refresh_interval: DISCOVERY_INTERVAL }]);
  }
}

function alertmanagerConfig(text: string, webhookUrl: string, tokenFile: string | undefined): string {
  const document = parseDocument(text);
  const receivers = (document.toJS() as { receivers: { name: string }[] }).receivers;
  const index = receivers.findIndex(({ name }) => name === 'smartscale');
  if (index < 0) throw new Error(`${SHIPPED.alertmanagerConfig} has no receiver named smartscale`);
  const webhook = ['receivers', index, 'webhook_configs', 0];
  document.setIn([...webhook, 'url'], webhookUrl);
  document.deleteIn([...webhook, 'http_config', 'tls_config']);
  const authorization = [...webhook, 'http_config', 'authorization'];
  if (tokenFile === undefined) document.deleteIn(authorization);
  else document.setIn([...authorization, 'credentials_file'], tokenFile);
  return document.toString({ lineWidth: 0 });
}
