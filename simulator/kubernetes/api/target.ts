import { defined } from '../defined';
import type { Target, Verb } from './api-types';

const PREFIX = /^\/(?:api|apis\/(?<group>[^/]+))\/v1\//;

/** Null when it is not the path of a resource. */
export function parseTarget(path: string): Target | null {
  const prefix = PREFIX.exec(path);
  if (prefix === null) return null;
  const group = prefix.groups?.['group'] ?? '';
  const parts = path.slice(prefix[0].length).split('/').map(decoded);
  if (parts.includes('')) return null;
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2;
  const [resource = '', name, subresource, ...rest] = inNamespace ? parts.slice(2) : parts;
  if (rest.length > 0) return null;
  const namespace = inNamespace ? parts[1] : undefined;
  return { group, resource, ...defined({ namespace, name, subresource }) };
}

export function verbOf(method: string, target: Target, query: URLSearchParams): Verb | null {
  switch (method) {
    case 'GET':
      if (target.name !== undefined) return 'get';
      return ['true', '1'].includes(query.get('watch') ?? '') ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PATCH':
      return 'patch';
    case 'PUT':
      return 'update';
    case 'DELETE':
      return target.name === undefined ? 'deletecollection' : 'delete';
    default:
      return null;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
