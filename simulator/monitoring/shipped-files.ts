import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder with package.json, whether this runs from the sources or from dist/. */
export const REPOSITORY = rootAbove(__dirname);

/** Files that production and the local servers both read. */
export const SHIPPED = {
  rules: join(REPOSITORY, 'prometheus-rules/smartscale.rules.yaml'),
  prometheusConfig: join(REPOSITORY, 'k3s/prometheus/prometheus.yml'),
  prometheusFlags: join(REPOSITORY, 'k3s/prometheus/flags.yaml'),
  alertmanagerConfig: join(REPOSITORY, 'k3s/alertmanager/alertmanager.yml'),
  alertmanagerFlags: join(REPOSITORY, 'k3s/alertmanager/flags.yaml'),
  clusterRole: join(REPOSITORY, 'k3s/rbac/smartscale.yaml'),
} as const;

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no package.json above the program: run it from a checkout of SmartScale');
  return rootAbove(parent);
}
