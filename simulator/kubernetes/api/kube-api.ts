import { ApiError, notFound } from '../api-error';
import type { KubeCluster } from '../kube-cluster';
import type { KubeObject, ResourceName } from '../objects';
import { keyOf } from '../table';
import { type AccessSettings, authenticate, authorize, mayDo, rightOf, type TokenGrant } from './access';
import { errorAnswer, jsonAnswer, objectAnswer, textAnswer } from './answer';
import { ApiGate, type ApiTrouble } from './api-gate';
import type { ApiRequest, ApiResponse, Call, Target } from './api-types';
import { createEviction, createObject } from './create';
import { deleteObject } from './delete';
import { parseJson } from './json';
import { Lister } from './list';
import { patchObject } from './patch';
import { isResource, RESOURCES } from './resources';
import { parseTarget, verbOf } from './target';

/** The resources whose status has a path of its own. */
const WITH_STATUS: readonly ResourceName[] = ['nodes', 'pods', 'poddisruptionbudgets'];

/**
 * The API server of a simulated cluster as a function: a request in, an answer out, nothing asynchronous. Answers are
 * those recorded from v1.34. Not simulated: watch (501), PUT, deletion of collections (405), yaml, server-side apply.
 */
export class KubeApi {
  /** Log of calls, and failures on demand. */
  readonly gate = new ApiGate();
  private readonly lister: Lister;

  constructor(
    private readonly cluster: KubeCluster,
    /** Without it everybody may do everything. */
    private readonly access?: AccessSettings,
  ) {
    this.lister = new Lister(cluster.world);
  }

  /** Null when the connection is to break instead of an answer. */
  handle(request: ApiRequest): ApiResponse | null {
    const { method, url, body } = request;
    if (this.gate.unreachable) return null;
    const trouble = this.gate.take(method, url);
    const applied = trouble?.kind === 'fail' ? plannedAnswer(trouble) : this.apply(request);
    const answer = trouble?.kind === 'lose-reply' ? null : applied;
    this.gate.record({ method, url, body, status: answer?.status ?? null, at: this.cluster.world.now() });
    return answer;
  }

  /** All continue tokens handed out so far answer 410 from now on. */
  expireContinueTokens(): void {
    this.lister.expireTokens();
  }

  private apply(request: ApiRequest): ApiResponse {
    const { method, url } = request;
    const retryAfterSeconds = this.cluster.troubles.takeTurn(`${method} ${url}`);
    if (retryAfterSeconds !== null) return plannedAnswer({ kind: 'fail', status: 429, retryAfterSeconds });
    try {
      const grant = authenticate(this.access, request.headers['authorization']);
      const { pathname, searchParams } = new URL(request.url, 'http://simulator');
      const target = parseTarget(pathname);
      return target === null ? plainPath(pathname) : this.resource(request, target, searchParams, grant);
    } catch (error) {
      if (error instanceof ApiError) return errorAnswer(error);
      const message = `Internal error occurred: ${(error as Error).message}`;
      return errorAnswer(new ApiError({ code: 500, reason: 'InternalError', message }));
    }
  }

  private resource(request: ApiRequest, target: Target, query: URLSearchParams, grant: TokenGrant): ApiResponse {
    const verb = verbOf(request.method, target, query);
    if (verb === null) throw notAllowed();
    if (target.resource === 'selfsubjectaccessreviews') return review(request, grant);
    authorize(grant, verb, target);
    const { resource } = target;
    if (!isResource(resource) || RESOURCES[resource].group !== target.group) throw noSuchResource();
    checkAccept(request.headers['accept']);
    const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
    return this.perform({ verb, target, query, contentType, body: request.body }, resource);
  }

  private perform(call: Call, resource: ResourceName): ApiResponse {
    const { verb, target } = call;
    const { world } = this.cluster;
    if (target.subresource !== undefined) return this.subresource(call, resource);
    switch (verb) {
      case 'list':
        return this.lister.list(call, resource);
      case 'get':
        return objectAnswer(200, this.find(target, resource));
      case 'create':
        return createObject(world, call, resource);
      case 'patch':
        this.letOthersWrite(target);
        return patchObject(world, call, resource, this.find(target, resource));
      case 'delete':
        return deleteObject(world, call, resource, this.find(target, resource));
      case 'watch':
        throw new ApiError({ code: 501, reason: 'NotImplemented', message: 'watch is not simulated: list and poll' });
      case 'update':
      case 'deletecollection':
        throw notAllowed();
    }
  }

  private subresource(call: Call, resource: ResourceName): ApiResponse {
    const { target, verb } = call;
    if (target.subresource === 'eviction' && resource === 'pods') {
      if (verb !== 'create') throw notAllowed();
      return createEviction(this.cluster.world, call);
    }
    if (target.subresource !== 'status' || !WITH_STATUS.includes(resource)) throw noSuchResource();
    const object = this.find(target, resource);
    if (verb === 'get') return objectAnswer(200, object);
    if (verb !== 'patch') throw notAllowed();
    return patchObject(this.cluster.world, call, resource, object);
  }

  private letOthersWrite({ resource, name = '' }: Target): void {
    if (resource === 'nodes' && this.cluster.troubles.takeTouch(name)) this.cluster.touchNode(name);
  }

  private find(target: Target, resource: ResourceName): KubeObject {
    const { name = '', namespace } = target;
    const key = keyOf({ name, ...(namespace !== undefined && { namespace }) });
    const found = this.cluster.world.store.table(resource).get(key);
    if (found === undefined) throw notFound(resource, name, RESOURCES[resource].group);
    return found;
  }
}

function plainPath(path: string): ApiResponse {
  if (['/healthz', '/livez', '/readyz'].includes(path)) return textAnswer(200, 'ok');
  if (path === '/version') return jsonAnswer(200, { major: '1', minor: '34', gitVersion: 'v1.34.1+k3s1' });
  return textAnswer(404, '404 page not found\n');
}

/** Flow control refuses in plain text; everything else has a Status. */
function plannedAnswer({ status, retryAfterSeconds, message }: ApiTrouble & { kind: 'fail' }): ApiResponse {
  const answer =
    status === 429
      ? textAnswer(429, `${message ?? 'Too many requests, please try again later.'}\n`)
      : errorAnswer(new ApiError({ code: status, message: message ?? `The simulator was told to answer ${status}.` }));
  if (retryAfterSeconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfterSeconds) } };
}

/** Anybody may ask what he may do. */
function review({ body }: ApiRequest, grant: TokenGrant): ApiResponse {
  const { spec = {} } = parseJson(body, 'json parse error') as {
    spec?: { resourceAttributes?: { verb?: string; group?: string; resource?: string; subresource?: string } };
  };
  const { verb = '', group = '', resource = '', subresource } = spec.resourceAttributes ?? {};
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`;
  const allowed = mayDo(grant, rightOf(verb, { group, resource: whole }));
  return jsonAnswer(201, {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec,
    status: { allowed },
  });
}

function checkAccept(accept = '*/*'): void {
  if (/(\*|application)\/(\*|json|yaml|vnd\.kubernetes\.protobuf)/.test(accept)) return;
  const message =
    '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf';
  throw new ApiError({ code: 406, reason: 'NotAcceptable', message, details: {} });
}

function notAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiError({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

function noSuchResource(): ApiError {
  const message = 'the server could not find the requested resource';
  return new ApiError({ code: 404, reason: 'NotFound', message, details: {} });
}
