import type { KubeObject, ResourceName } from '../objects';

/** What fieldSelector can ask for, by resource, beside metadata.name and metadata.namespace. */
const FIELDS: Readonly<Record<ResourceName, readonly string[]>> = {
  nodes: ['spec.unschedulable'],
  pods: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'status.phase'],
  poddisruptionbudgets: [],
  events: [
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'reason',
    'type',
  ],
  namespaces: ['status.phase'],
  persistentvolumeclaims: [],
  persistentvolumes: [],
  volumeattachments: [],
};

export function supportedFields(resource: ResourceName): readonly string[] {
  return ['metadata.name', 'metadata.namespace', ...FIELDS[resource]];
}

/** Empty for what is absent: `spec.nodeName=` asks for pods that are not bound. A false boolean is "false". */
export function fieldOf(object: KubeObject, field: string): string {
  const value = field
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object);
  if (value === undefined || value === null) return field === 'spec.unschedulable' ? 'false' : '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
