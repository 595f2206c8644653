import { badRequest } from '../api-error';
import { deletePod } from '../delete-pod';
import { checkPreconditions, type Preconditions } from '../eviction';
import type { KubeWorld } from '../kube-world';
import { terminateNamespace } from '../namespaces';
import type { KubeObject, KubePod, ResourceName } from '../objects';
import { keyOf } from '../table';
import { objectAnswer, successAnswer } from './answer';
import type { ApiResponse, Call } from './api-types';
import { isObject, parseJson } from './json';
import { RESOURCES } from './resources';

interface DeleteOptions {
  readonly preconditions?: Preconditions;
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: readonly string[];
}

/** A DELETE without a body has no preconditions, which is also how one looks whose body got lost. Throws 400, 409. */
export function deleteObject(world: KubeWorld, call: Call, resource: ResourceName, object: KubeObject): ApiResponse {
  const { preconditions, gracePeriodSeconds, dryRun } = deleteOptions(call);
  checkPreconditions(RESOURCES[resource].kind, object.metadata, preconditions);
  if (dryRun?.includes('All')) return objectAnswer(200, object);
  if (object.kind === 'Pod') return objectAnswer(200, deletePod(world, object, gracePeriodSeconds) satisfies KubePod);
  if (object.kind === 'Namespace') return objectAnswer(200, terminateNamespace(world, object));
  world.store.table(resource).remove(keyOf(object.metadata));
  const { group } = RESOURCES[resource];
  const { name, uid } = object.metadata;
  return successAnswer(200, { name, ...(group !== '' && { group }), kind: resource, uid });
}

function deleteOptions({ body, query }: Call): DeleteOptions {
  const options = body === '' ? {} : parseJson(body, "couldn't get version/kind; json parse error");
  if (!isObject(options)) throw badRequest('the object provided is unrecognized (must be of type DeleteOptions)');
  const grace = query.get('gracePeriodSeconds');
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(query.get('dryRun') === 'All' && { dryRun: ['All'] }),
    ...(options as DeleteOptions),
  };
}
