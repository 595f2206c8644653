/**
 * What of the files of a server cannot be as it is on a test machine. Every change is made here, and there are four kinds:
 * nobody resolves the names of the services, so they are addresses, and TLS is told the name that a certificate must have;
 * no kubelet mounts, so paths begin with a folder; nobody watches the API server, so targets are asked for over HTTP;
 * durations are divided. Doors, passwords, tokens, certificates, flags, rules, routes and relabelings are those of the server.
 */
import { parseDocument, type Document } from 'yaml';
import { scaleText } from '../../../simulator/monitoring/time-scale';

/** Where the services are: `host:port` on loopback. */
export interface Addresses {
  readonly alertmanager: string;
  readonly prometheus: string;
  readonly smartscale: string;
}

export interface Here {
  readonly addresses: Addresses;
  readonly timeScale: number;
  /** GET <discoveryUrl>/sd/<job> answers with the targets of a job. */
  readonly discoveryUrl: string;
}

/** Names as certificates and configurations have them, with the ports of the services. */
const SERVICES: Readonly<Record<keyof Addresses, string>> = {
  alertmanager: 'alertmanager.monitoring.svc:9093',
  prometheus: 'prometheus.monitoring.svc:9090',
  smartscale: 'smartscale.smartscale.svc:8787',
};

export const nameOf = (service: keyof Addresses): string => SERVICES[service].replace(/:.*/, '');

export function addressed(text: string, addresses: Addresses): string {
  return (Object.keys(SERVICES) as (keyof Addresses)[]).reduce(
    (all, service) => all.replaceAll(SERVICES[service], addresses[service]),
    text,
  );
}

/** A file of a ConfigMap, paths apart. */
export function fileHere(name: string, text: string, here: Here): string {
  if (name.endsWith('.sh')) return text;
  return scaleText(addressed(configurationHere(name, text, here), here.addresses), here.timeScale);
}

function configurationHere(name: string, text: string, here: Here): string {
  if (name !== 'prometheus.yml' && name !== 'alertmanager.yml') return text;
  const document = parseDocument(text);
  if (name === 'prometheus.yml') changePrometheus(document, here);
  else changeAlertmanager(document);
  return document.toString({ lineWidth: 0 });
}

/** One argument of a container: `--name=value`. */
export function argumentHere(argument: string, { timeScale }: Here): string {
  const [, name, value] = /^--([\w.-]+)=(.*)$/.exec(argument) ?? [];
  if (name === undefined) return argument;
  return `--${name}=${scaleText(`${name}: ${value}`, timeScale).slice(name.length + 2)}`;
}

function changePrometheus(document: Document, { discoveryUrl }: Here): void {
  const { scrape_configs: jobs } = document.toJS() as {
    scrape_configs: readonly { readonly job_name: string; readonly kubernetes_sd_configs?: unknown }[];
  };
  document.setIn(['alerting', 'alertmanagers', 0, 'tls_config', 'server_name'], nameOf('alertmanager'));
  for (const [index, { job_name: job, kubernetes_sd_configs: found }] of jobs.entries()) {
    const path = ['scrape_configs', index];
    if (found === undefined) document.setIn([...path, 'tls_config', 'server_name'], nameOf('smartscale'));
    else {
      document.deleteIn([...path, 'kubernetes_sd_configs']);
      document.setIn([...path, 'http_sd_configs'], [{ url: `${discoveryUrl}/sd/${job}`, refresh_interval: '5s' }]);
    }
  }
}

function changeAlertmanager(document: Document): void {
  const { receivers } = document.toJS() as { receivers: readonly { readonly name: string }[] };
  const index = receivers.findIndex(({ name }) => name === 'smartscale');
  const tls = ['receivers', index, 'webhook_configs', 0, 'http_config', 'tls_config'];
  document.setIn([...tls, 'server_name'], nameOf('smartscale'));
}
