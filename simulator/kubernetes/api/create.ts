import { alreadyExists, ApiError, badRequest, invalid, notFound } from '../api-error';
import { defined } from '../defined';
import { evict } from '../eviction';
import { share } from '../budget-arithmetic';
import type { KubeWorld } from '../kube-world';
import { newNamespace } from '../namespaces';
import { budgetFrom } from '../new-budget';
import { newNode } from '../new-node';
import type {
  KubeClaim,
  KubeEvent,
  KubeNode,
  KubePod,
  KubePodDisruptionBudget,
  KubeVolume,
  KubeVolumeAttachment,
  ResourceName,
} from '../objects';
import { newPod } from '../pod-defaults';
import { newAttachment, newClaim, newVolume } from '../volumes';
import { amountsOf } from '../requests';
import { keyOf } from '../table';
import { objectAnswer, successAnswer } from './answer';
import type { ApiResponse, Call } from './api-types';
import { isObject, type JsonObject, parseJson } from './json';
import { RESOURCES } from './resources';

type Metadata = Pick<
  KubePod['metadata'],
  'name' | 'namespace' | 'labels' | 'annotations' | 'ownerReferences' | 'finalizers'
>;

/** Creates an object in a namespace that exists and stays. Throws 400, 403, 404, 409, 415, 422. */
export function createObject(world: KubeWorld, call: Call, resource: ResourceName): ApiResponse {
  const body = parseBody(call);
  const metadata = checkedMetadata(call, body, resource);
  checkNamespace(world, metadata, resource);
  if (world.store.table(resource).get(keyOf(metadata))) {
    throw alreadyExists(resource, metadata.name, RESOURCES[resource].group);
  }
  // The types of the fields are those that the caller says: a client library has checked them.
  return objectAnswer(201, insert(world, resource, metadata, body as unknown as Record<string, never>));
}

function insert(world: KubeWorld, resource: ResourceName, metadata: Metadata, body: Record<string, never>) {
  const { store } = world;
  switch (resource) {
    case 'nodes':
      return store.nodes.insert(
        newNode(metadata, body['spec'] ?? {}, (body as { status?: KubeNode['status'] }).status),
      );
    case 'pods':
      return store.pods.insert(newPod(metadata, podSpec(metadata.name, body), store.timestamp()));
    case 'poddisruptionbudgets':
      return store.poddisruptionbudgets.insert(budgetFrom(metadata, budgetSpec(metadata.name, body)));
    case 'events':
      return store.events.insert({ ...newEvent(metadata, body), metadata });
    case 'namespaces':
      return store.namespaces.insert(newNamespace(metadata.name, metadata.labels));
    case 'persistentvolumeclaims':
    case 'persistentvolumes':
    case 'volumeattachments':
      return insertStorage(store, resource, metadata, body['spec']);
  }
}

function insertStorage(
  { persistentvolumes, persistentvolumeclaims, volumeattachments }: KubeWorld['store'],
  resource: 'persistentvolumes' | 'persistentvolumeclaims' | 'volumeattachments',
  metadata: Metadata,
  spec: KubeVolume['spec'] & KubeClaim['spec'] & Partial<KubeVolumeAttachment['spec']> = {},
) {
  if (resource === 'volumeattachments') {
    return volumeattachments.insert(newAttachment(metadata.name, attachmentSpec(metadata.name, spec)));
  }
  if (resource === 'persistentvolumes') return persistentvolumes.insert(newVolume(metadata, spec));
  return persistentvolumeclaims.insert(newClaim(metadata, spec));
}

function parseBody({ contentType, body }: Call): JsonObject {
  if (contentType !== 'application/json') {
    const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
    const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    throw new ApiError({ code: 415, reason: 'UnsupportedMediaType', message });
  }
  const parsed = parseJson(body, "couldn't get version/kind; json parse error");
  if (!isObject(parsed)) throw badRequest('the object provided is unrecognized (must be of an object)');
  return parsed;
}

function checkedMetadata({ target, query }: Call, body: JsonObject, resource: ResourceName): Metadata {
  if (query.get('dryRun') !== null) throw badRequest('dryRun of a creation is not simulated');
  const { name, namespace, labels, annotations, ownerReferences, finalizers } = (body['metadata'] ??
    {}) as Partial<Metadata>;
  if (!name) {
    const message = 'Required value: name or generateName is required';
    throw invalid(RESOURCES[resource].kind, '', [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }]);
  }
  if (namespace !== undefined && namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return defined({
    name,
    namespace: target.namespace,
    labels: nonEmpty(labels),
    annotations: nonEmpty(annotations),
    ownerReferences,
    finalizers,
  });
}

function nonEmpty(map: Record<string, string> | undefined): Record<string, string> | undefined {
  return map && Object.keys(map).length > 0 ? map : undefined;
}

/** Nothing is created in a namespace that is not there or is going; an eviction is a creation too. */
function checkNamespace(
  world: KubeWorld,
  { namespace, name }: { namespace?: string; name: string },
  kind: string,
): void {
  if (namespace === undefined) return;
  const found = world.store.namespaces.get(namespace);
  if (found === undefined) throw notFound('namespaces', namespace);
  if (found.status.phase !== 'Terminating') return;
  throw new ApiError({
    code: 403,
    reason: 'Forbidden',
    message: `${kind} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    details: {
      name,
      kind,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  });
}

function podSpec(name: string, body: { spec?: KubePod['spec'] }): KubePod['spec'] {
  const { containers = [], initContainers = [] } = body.spec ?? {};
  if (body.spec === undefined || containers.length === 0) {
    throw invalid('Pod', name, [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers' }]);
  }
  for (const { resources } of [...containers, ...initContainers]) checkQuantities(resources?.requests ?? {});
  return body.spec;
}

function checkQuantities(requests: Readonly<Record<string, string>>): void {
  try {
    amountsOf(requests);
  } catch (error) {
    throw badRequest(`Pod in version "v1" cannot be handled as a Pod: ${(error as Error).message}`);
  }
}

function attachmentSpec(name: string, spec: Partial<KubeVolumeAttachment['spec']>): KubeVolumeAttachment['spec'] {
  const { attacher, nodeName, source } = spec;
  if (attacher !== undefined && nodeName !== undefined && source !== undefined) return { attacher, nodeName, source };
  const message = 'Required value: attacher, nodeName and source';
  throw invalid('VolumeAttachment', name, [{ reason: 'FieldValueRequired', message, field: 'spec' }]);
}

function budgetSpec(name: string, body: { spec?: KubePodDisruptionBudget['spec'] }): KubePodDisruptionBudget['spec'] {
  const { spec = {} } = body;
  const wrong = budgetProblem(spec);
  if (wrong === null) return spec;
  throw invalid('PodDisruptionBudget', name, [{ reason: 'FieldValueInvalid', message: wrong, field: 'spec' }]);
}

function budgetProblem({ minAvailable, maxUnavailable }: KubePodDisruptionBudget['spec']): string | null {
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    return 'Invalid value: minAvailable and maxUnavailable cannot be both set';
  }
  try {
    share(minAvailable ?? maxUnavailable ?? 0, 0);
    return null;
  } catch (error) {
    return `Invalid value: ${(error as Error).message}`;
  }
}

/** An event lies in the namespace of what it is about, and in `default` when that has none. */
function newEvent({ name, namespace }: Metadata, body: Partial<KubeEvent>): Omit<KubeEvent, 'metadata'> {
  const { involvedObject = { kind: '', name: '' }, metadata: _, ...rest } = body;
  const about = involvedObject.namespace ?? '';
  if ((about === '' ? 'default' : about) !== namespace) {
    const message = `Invalid value: "${about}": does not match event.namespace`;
    throw invalid('Event', name, [{ reason: 'FieldValueInvalid', message, field: 'involvedObject.namespace' }]);
  }
  return { ...rest, kind: 'Event', apiVersion: 'v1', eventTime: rest.eventTime ?? null, involvedObject };
}

interface EvictionBody {
  readonly metadata?: { readonly name?: string };
  readonly deleteOptions?: {
    readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
    readonly gracePeriodSeconds?: number;
    readonly dryRun?: readonly string[];
  };
}

/** POST .../pods/{name}/eviction. The removed policy/v1beta1 evicts as well, without a word. */
export function createEviction(world: KubeWorld, call: Call): ApiResponse {
  const { name = '', namespace = '' } = call.target;
  const { metadata, deleteOptions = {} } = parseBody(call) as EvictionBody;
  if (metadata?.name !== undefined && metadata.name !== name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  checkNamespace(world, { namespace, name }, 'pods');
  world.troubles.admitEviction();
  const { preconditions, gracePeriodSeconds: graceSeconds } = deleteOptions;
  evict(world, { namespace, name, ...defined({ preconditions, graceSeconds }), dryRun: isDryRun(call, deleteOptions) });
  return successAnswer(201);
}

function isDryRun({ query }: Call, { dryRun }: NonNullable<EvictionBody['deleteOptions']>): boolean {
  return query.get('dryRun') === 'All' || (dryRun?.includes('All') ?? false);
}
