import { ApiError } from '../api-error';
import type { KubeWorld } from '../kube-world';
import type { KubeObject, ResourceName } from '../objects';
import { keyOf } from '../table';
import { listAnswer } from './answer';
import type { ApiResponse, Call } from './api-types';
import { encodeToken, type ListToken, parseToken } from './continue-token';
import { fieldOf, supportedFields } from './fields';
import { parseFieldSelector, parseLabelSelector } from './parse-selector';
import { RESOURCES } from './resources';

interface Snapshot {
  readonly objects: readonly KubeObject[];
  readonly takenAt: number;
}

/** Lists in pages. A list that is continued shows the world as it was at its first page, until that expires. */
export class Lister {
  private readonly snapshots = new Map<string, Snapshot>();

  constructor(private readonly world: KubeWorld) {}

  /** All continue tokens handed out so far answer 410 from now on, as after a compaction of etcd. */
  expireTokens(): void {
    this.snapshots.clear();
  }

  list(call: Call, resource: ResourceName): ApiResponse {
    const { query, target } = call;
    this.checkResourceVersion(query);
    const matches = matcher(call, resource);
    const limit = Number(query.get('limit') ?? 0) || Infinity;
    const token = parseToken(query.get('continue') ?? '');
    const { revision, objects } = this.snapshot(resource, token);
    const rest = after(candidates(this.world, objects, call, token), token?.start).filter(matches);
    const items = rest.slice(0, limit);
    const metadata = this.pageMetadata(revision, items.at(-1), rest.length - items.length);
    if (metadata.continue !== undefined) this.keep(resource, revision, objects);
    const selected = query.has('labelSelector') || query.has('fieldSelector') || target.namespace !== undefined;
    const { kind, apiVersion } = RESOURCES[resource];
    const { remainingItemCount: _, ...bare } = metadata;
    return listAnswer({ kind: `${kind}List`, apiVersion, metadata: selected ? bare : metadata }, items);
  }

  private pageMetadata(revision: number, last: KubeObject | undefined, remaining: number) {
    const resourceVersion = String(revision);
    if (last === undefined || remaining === 0) return { resourceVersion };
    const start = `${keyOf(last.metadata)}\u0000`;
    return { resourceVersion, continue: encodeToken({ revision, start }), remainingItemCount: remaining };
  }

  private snapshot(resource: ResourceName, token: ListToken | null) {
    if (token === null || token.revision === -1) {
      return { revision: this.world.store.revision, objects: this.world.store.table(resource).list() };
    }
    const kept = this.snapshots.get(`${resource}@${token.revision}`);
    const expired = kept === undefined || this.world.now() - kept.takenAt > this.world.settings.continueTtlMs;
    if (expired) throw expiredToken(token);
    return { revision: token.revision, objects: kept.objects };
  }

  private keep(resource: ResourceName, revision: number, objects: readonly KubeObject[]): void {
    const oldest = this.world.now() - this.world.settings.continueTtlMs;
    for (const [key, { takenAt }] of this.snapshots) if (takenAt < oldest) this.snapshots.delete(key);
    const key = `${resource}@${revision}`;
    if (!this.snapshots.has(key)) this.snapshots.set(key, { objects, takenAt: this.world.now() });
  }

  /** Only what the present can answer: no earlier states are kept but those of lists under way. */
  private checkResourceVersion(query: URLSearchParams): void {
    const wanted = Number(query.get('resourceVersion') ?? 0);
    const { revision } = this.world.store;
    if (wanted > revision) throw tooLarge(wanted, revision);
    if (query.get('resourceVersionMatch') !== 'Exact' || wanted === revision) return;
    const message = 'The resourceVersion for the provided list is too old.';
    throw new ApiError({ code: 410, reason: 'Expired', message });
  }
}

/** Pods of one node are asked for often, and found without looking at all of them when no page is under way. */
function candidates(
  world: KubeWorld,
  objects: readonly KubeObject[],
  { target, query }: Call,
  token: ListToken | null,
): readonly KubeObject[] {
  const node = /^spec\.nodeName=([^,=]+)$/.exec(query.get('fieldSelector') ?? '')?.[1];
  if (target.resource !== 'pods' || node === undefined || token !== null) return objects;
  return [...world.store.podsOfNode.of(node)].sort((one, other) =>
    keyOf(one.metadata) < keyOf(other.metadata) ? -1 : 1,
  );
}

function after(objects: readonly KubeObject[], start: string | undefined): readonly KubeObject[] {
  if (start === undefined) return objects;
  return objects.filter(({ metadata }) => keyOf(metadata) >= start);
}

function matcher({ target, query }: Call, resource: ResourceName): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', supportedFields(resource));
  return (object) =>
    (target.namespace === undefined || object.metadata.namespace === target.namespace) &&
    labels(object.metadata.labels) &&
    fields.every(({ field, value, equal }) => (fieldOf(object, field) === value) === equal);
}

function expiredToken({ start }: ListToken): ApiError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
    'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
    'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
    'deleted between the time the first chunk was returned and now may show up in the list.';
  return new ApiError({ code: 410, reason: 'Expired', message, continue: encodeToken({ revision: -1, start }) });
}

function tooLarge(wanted: number, current: number): ApiError {
  const cause = { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' };
  return new ApiError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    details: { causes: [cause], retryAfterSeconds: 1 },
  });
}
