import type { ApiError } from '../api-error';
import type { KubeObject } from '../objects';
import type { ApiResponse } from './api-types';

const JSON_TYPE = { 'content-type': 'application/json' };

/** Stored objects are never changed, so their JSON is made once, with and without kind. */
const WHOLE = new WeakMap<KubeObject, string>();
const ITEM = new WeakMap<KubeObject, string>();

export function objectAnswer(status: number, object: KubeObject, warnings: readonly string[] = []): ApiResponse {
  const warning = warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ');
  return {
    status,
    headers: warning === '' ? JSON_TYPE : { ...JSON_TYPE, warning },
    body: cached(WHOLE, object, () => JSON.stringify(onWire(object))),
  };
}

export function jsonAnswer(status: number, body: Readonly<Record<string, unknown>>): ApiResponse {
  return { status, headers: JSON_TYPE, body: JSON.stringify(body) };
}

export function textAnswer(status: number, body: string): ApiResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

export function successAnswer(status: number, details?: Readonly<Record<string, string>>): ApiResponse {
  const base = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  return jsonAnswer(status, details ? { ...base, details } : { ...base, code: status });
}

export function errorAnswer(error: ApiError): ApiResponse {
  const { code, retryAfter } = error;
  return {
    status: code,
    headers: retryAfter === undefined ? JSON_TYPE : { ...JSON_TYPE, 'retry-after': String(retryAfter) },
    body: JSON.stringify(error),
  };
}

export function listAnswer(
  list: { readonly kind: string; readonly apiVersion: string; readonly metadata: Readonly<Record<string, unknown>> },
  items: readonly KubeObject[],
): ApiResponse {
  const texts = items.map((item) => cached(ITEM, item, () => itemJson(item)));
  const head = JSON.stringify(list).slice(0, -1);
  return { status: 200, headers: JSON_TYPE, body: `${head},"items":[${texts.join(',')}]}` };
}

function cached(cache: WeakMap<KubeObject, string>, object: KubeObject, make: () => string): string {
  const known = cache.get(object);
  if (known !== undefined) return known;
  const text = make();
  cache.set(object, text);
  return text;
}

/** Items of a list have neither kind nor apiVersion. */
function itemJson(object: KubeObject): string {
  return JSON.stringify({ ...onWire(object), kind: undefined, apiVersion: undefined });
}

/** Empty lists and maps of a Node's status are left out, as `omitempty` does. */
export function onWire(object: KubeObject): KubeObject | Record<string, unknown> {
  if (object.kind !== 'Node') return object;
  const status = Object.entries(object.status).filter(([, value]) => Object.keys(value as object).length > 0);
  return { ...object, status: Object.fromEntries(status) };
}
