import { isDeepStrictEqual } from 'node:util';
import { ApiError, badRequest, conflict, invalid } from '../api-error';
import { finalizePod } from '../delete-pod';
import type { KubeWorld } from '../kube-world';
import type { KubeObject, ObjectOf, ResourceName } from '../objects';
import { objectAnswer, onWire } from './answer';
import type { ApiResponse, Call } from './api-types';
import { isObject, type Json, type JsonObject, parseJson, toJson } from './json';
import { jsonPatch } from './json-patch';
import { mergePatch, strategicMergePatch } from './merge-patch';
import { RESOURCES } from './resources';
import { checkedNode, unknownNodeFields } from './validate-node';

const STRATEGIES: Readonly<Record<string, (target: Json, patch: Json) => Json>> = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': mergePatch,
  'application/strategic-merge-patch+json': (target, patch) => strategicMergePatch(target, patch),
};

/** Of an object's metadata, what no patch can change. */
const FIXED = [
  'namespace',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
] as const;

/** Patches `before`. Nothing changed = nothing written. Throws 400, 409, 415, 422. */
export function patchObject<K extends ResourceName>(
  world: KubeWorld,
  call: Call,
  resource: K,
  before: ObjectOf[K],
): ApiResponse {
  const wire = toJson(onWire(before));
  const merged = patched(call, wire);
  checkIdentity(resource, before, merged);
  const warnings = resource === 'nodes' ? unknownNodeFields(merged).map((field) => `unknown field "${field}"`) : [];
  const whole = resource === 'nodes' ? checkedNode(merged, before.metadata.name) : merged;
  if (resource === 'pods') checkPod(before as ObjectOf['pods'], whole);
  const after = settled(call, wire, whole);
  if (isDeepStrictEqual(after, wire)) return objectAnswer(200, before, warnings);
  const object = withGeneration(resource, before, complete(before, after));
  if (call.query.get('dryRun') === 'All') return objectAnswer(200, object, warnings);
  const stored = world.store.table(resource).replace(object);
  if (stored.kind === 'Pod') finalizePod(world, stored);
  return objectAnswer(200, stored, warnings);
}

function patched({ contentType, body }: Call, before: JsonObject): JsonObject {
  const strategy = STRATEGIES[contentType];
  if (strategy === undefined) {
    const message = '415: Unsupported Media Type';
    throw new ApiError({ code: 415, reason: 'UnsupportedMediaType', message, details: {} });
  }
  const patch = parseJson(body, 'error decoding patch');
  if (strategy !== jsonPatch && !isObject(patch)) throw badRequest('error decoding patch: not an object');
  const after = strategy(before, patch);
  if (!isObject(after) || !isObject(after['metadata'])) throw badRequest('the patch leaves no object');
  return after;
}

/** A resourceVersion or uid in the patch is a condition on the object. */
function checkIdentity(resource: ResourceName, { metadata }: KubeObject, merged: JsonObject): void {
  const { name, uid, resourceVersion } = merged['metadata'] as JsonObject;
  const { group } = RESOURCES[resource];
  if (name !== metadata.name) {
    throw badRequest(
      `the name of the object (${JSON.stringify(name)}) does not match the name on the URL (${metadata.name})`,
    );
  }
  if (uid !== metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${JSON.stringify(uid)}, UID in object meta: ${metadata.uid}`;
    throw conflict(resource, metadata.name, why, group);
  }
  if (resourceVersion !== metadata.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(resource, metadata.name, why, group);
  }
}

function checkPod(before: ObjectOf['pods'], merged: JsonObject): void {
  checkPodSpec(before, merged);
  const { name, deletionTimestamp, finalizers: held = [] } = before.metadata;
  const { finalizers } = merged['metadata'] as { finalizers?: string[] };
  const added = (finalizers ?? []).filter((each) => !held.includes(each));
  if (deletionTimestamp === undefined || added.length === 0) return;
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
  throw invalid('Pod', name, [{ reason: 'FieldValueForbidden', message, field: 'metadata.finalizers' }]);
}

/** Of a bound or waiting pod only images, tolerations and the removal of gates are open to change. */
function checkPodSpec(before: ObjectOf['pods'], merged: JsonObject): void {
  const fixed = (spec: Json | undefined) => {
    if (!isObject(spec)) return spec;
    const { tolerations: _, schedulingGates: __, containers, ...rest } = spec;
    return { ...rest, containers: JSON.stringify(containers).replace(/"image":"[^"]*"/g, '') };
  };
  if (isDeepStrictEqual(fixed(toJson(before.spec)), fixed(merged['spec']))) return;
  const message = 'Forbidden: pod updates may not change fields other than image, tolerations and schedulingGates';
  throw invalid('Pod', before.metadata.name, [{ reason: 'FieldValueForbidden', message, field: 'spec' }]);
}

/** Status is changed through its subresource only, and everything else only outside of it. */
function settled({ target }: Call, before: JsonObject, merged: JsonObject): JsonObject {
  const metadata = merged['metadata'] as JsonObject;
  for (const field of FIXED) {
    const kept = (before['metadata'] as JsonObject)[field];
    if (kept === undefined) delete metadata[field];
    else metadata[field] = kept;
  }
  if (target.subresource === 'status') return { ...before, status: merged['status'] ?? {} };
  return before['status'] === undefined ? { ...merged, metadata } : { ...merged, metadata, status: before['status'] };
}

/** Back from the wire: a Node's status has all of its lists and maps. */
function complete<T extends KubeObject>(before: T, after: JsonObject): T {
  if (before.kind !== 'Node') return after as unknown as T;
  const status = { capacity: {}, allocatable: {}, conditions: [], ...(after['status'] as JsonObject) };
  return { ...after, status } as unknown as T;
}

function withGeneration<T extends KubeObject>(resource: ResourceName, before: T, after: T): T {
  if (resource !== 'poddisruptionbudgets' && resource !== 'pods') return after;
  const spec = (object: KubeObject) => ('spec' in object ? object.spec : undefined);
  if (isDeepStrictEqual(spec(before), spec(after))) return after;
  return { ...after, metadata: { ...after.metadata, generation: (before.metadata.generation ?? 0) + 1 } };
}
