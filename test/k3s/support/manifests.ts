import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { REPOSITORY } from '../../../simulator/monitoring/shipped-files';

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly resources?: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly configMap?: { readonly name: string };
    readonly secret?: { readonly secretName: string };
    readonly hostPath?: { readonly path: string };
  }[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Readonly<Record<string, string>>[];
  readonly priorityClassName?: string;
  readonly hostNetwork?: boolean;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>> & {
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
  readonly data?: Readonly<Record<string, string>>;
}

const FOLDER = join(REPOSITORY, 'k3s/manifests');

/** What is shipped, with addresses and images as a server fills them in. */
export function shippedManifests(): readonly Manifest[] {
  return readdirSync(FOLDER)
    .sort()
    .flatMap((name) => parseManifests(filled(readFileSync(join(FOLDER, name), 'utf8'))));
}

export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((it) => it !== null);
}

function filled(text: string): string {
  const images = readFileSync(join(REPOSITORY, 'k3s/images.env'), 'utf8').matchAll(/^(\w+_IMAGE)=(.+)$/gm);
  const places = {
    ...Object.fromEntries([...images].map(([, name = '', image = '']) => [name, image])),
    SERVER_ADDRESS: '10.0.0.5',
    ALERTMANAGER_ADDRESS: '10.43.0.93',
    PROMETHEUS_ADDRESS: '10.43.0.90',
  };
  return Object.entries(places).reduce((all, [name, value]) => all.replaceAll(`@${name}@`, value), text);
}

/** Deployments and DaemonSets. */
export function workloads(manifests = shippedManifests()) {
  return manifests.flatMap(({ kind, metadata, spec }) =>
    spec?.template ? [{ kind, name: metadata.name, pod: spec.template.spec }] : [],
  );
}
