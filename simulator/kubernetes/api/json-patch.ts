import { isDeepStrictEqual } from 'node:util';
import { badRequest, unprocessable } from '../api-error';
import { isObject, type Json } from './json';

interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'test' | 'move' | 'copy';
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/** RFC 6902. Throws 400 for a body that is no list, 422 for an operation that does not apply. */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch)) {
    const type = isObject(patch) ? 'object' : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${type} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  // A whole copy first: operations change it in place, and none is to be seen when a later one fails.
  return (patch as unknown as Operation[]).reduce<Json>(apply, copied(target));
}

function apply(root: Json, operation: Operation): Json {
  const { op, path, from = '', value = null } = operation;
  switch (op) {
    case 'add':
      return put(root, path, value, 'insert');
    case 'replace':
      read(root, path);
      return put(root, path, value, 'set');
    case 'remove':
      return remove(root, path);
    case 'test':
      if (!isDeepStrictEqual(read(root, path), value)) throw unprocessable();
      return root;
    case 'copy':
      return put(root, path, copied(read(root, from)), 'insert');
    case 'move': {
      const moved = read(root, from);
      return put(remove(root, from), path, moved, 'insert');
    }
    default:
      throw unprocessable();
  }
}

function copied(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function segments(path: string): string[] {
  if (path !== '' && !path.startsWith('/')) throw unprocessable();
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function read(root: Json, path: string): Json {
  return segments(path).reduce<Json>(child, root);
}

function child(at: Json, name: string): Json {
  const found = Array.isArray(at) ? at[indexIn(at, name, at.length - 1)] : isObject(at) ? at[name] : undefined;
  if (found === undefined) throw unprocessable();
  return found;
}

function put(root: Json, path: string, value: Json, how: 'insert' | 'set'): Json {
  const names = segments(path);
  const last = names.pop();
  if (last === undefined) return value;
  const parent = names.reduce<Json>(child, root);
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : indexIn(parent, last, parent.length);
    parent.splice(index, how === 'set' ? 1 : 0, value);
  } else if (isObject(parent)) parent[last] = value;
  else throw unprocessable();
  return root;
}

function remove(root: Json, path: string): Json {
  read(root, path);
  const names = segments(path);
  const last = names.pop() ?? '';
  const parent = names.reduce<Json>(child, root);
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last, parent.length - 1), 1);
  else if (isObject(parent)) delete parent[last];
  return root;
}

function indexIn(list: readonly Json[], name: string, most: number): number {
  const index = /^(0|[1-9][0-9]*)$/.test(name) ? Number(name) : -1;
  if (index < 0 || index > most || list.length < most) throw unprocessable();
  return index;
}
