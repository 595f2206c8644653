import { isObject, type Json, type JsonObject } from './json';

/** RFC 7386: null removes, objects are merged, everything else, lists too, is replaced. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** The lists that a strategic merge patch merges by a key. Taints are not among them: they are replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  conditions: 'type',
  ownerReferences: 'uid',
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  schedulingGates: 'name',
};

/** As a merge patch, but known lists are merged by key, and `$patch: replace|delete` is obeyed. */
export function strategicMergePatch(target: Json | undefined, patch: Json, field = ''): Json {
  const key = MERGE_KEYS[field];
  if (Array.isArray(patch) && key !== undefined) return mergeList(Array.isArray(target) ? target : [], patch, key);
  if (!isObject(patch)) return patch;
  const replaces = patch['$patch'] === 'replace';
  const merged: JsonObject = isObject(target) && !replaces ? { ...target } : {};
  for (const [name, value] of Object.entries(patch).filter(([each]) => !each.startsWith('$'))) {
    if (value === null) delete merged[name];
    else merged[name] = strategicMergePatch(merged[name], value, name);
  }
  return merged;
}

function mergeList(target: readonly Json[], patch: readonly Json[], key: string): Json[] {
  const merged = [...target];
  for (const change of patch) {
    const index = merged.findIndex((each) => isObject(each) && isObject(change) && each[key] === change[key]);
    if (isObject(change) && change['$patch'] === 'delete') merged.splice(index, index < 0 ? 0 : 1);
    else if (index < 0) merged.push(strategicMergePatch(undefined, change));
    else merged[index] = strategicMergePatch(merged[index], change);
  }
  return merged;
}
