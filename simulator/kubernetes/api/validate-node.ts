import { badRequest, invalid, type StatusCause } from '../api-error';
import type { KubeTaint } from '../objects';
import { isObject, type Json, type JsonObject } from './json';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const SPEC_FIELDS = ['providerID', 'unschedulable', 'taints', 'podCIDR', 'podCIDRs', 'configSource', 'externalID'];

type FieldCause = StatusCause & { readonly field: string };

/** What of a patched Node is not part of its type: dropped, and warned about. */
export function unknownNodeFields(node: JsonObject): string[] {
  const spec = isObject(node['spec']) ? node['spec'] : {};
  const known = ['kind', 'apiVersion', 'metadata', 'spec', 'status'];
  return [
    ...Object.keys(node).filter((name) => !known.includes(name)),
    ...Object.keys(spec)
      .filter((name) => !SPEC_FIELDS.includes(name))
      .map((name) => `spec.${name}`),
  ];
}

/** The Node without unknown and empty fields. Throws 400 for wrong types, 422 for wrong values. */
export function checkedNode(
  { kind, apiVersion, metadata, spec = {}, status = {} }: JsonObject,
  name: string,
): JsonObject {
  if (!isObject(metadata) || !isObject(spec)) throw wrongType('object', 'Node.spec');
  checkTypes(metadata, spec);
  checkTaints((spec['taints'] ?? []) as unknown as KubeTaint[], name);
  const kept = Object.entries(spec).filter(([field, value]) => SPEC_FIELDS.includes(field) && !isEmpty(value));
  const always = { kind: kind ?? 'Node', apiVersion: apiVersion ?? 'v1' };
  return { ...always, metadata: withoutEmpty(metadata), spec: Object.fromEntries(kept), status };
}

function checkTypes(metadata: JsonObject, { unschedulable = false, taints = [] }: JsonObject): void {
  checkStrings(metadata['labels'], 'ObjectMeta.metadata.labels');
  checkStrings(metadata['annotations'], 'ObjectMeta.metadata.annotations');
  if (typeof unschedulable !== 'boolean') throw wrongType('bool', 'NodeSpec.spec.unschedulable');
  if (!Array.isArray(taints) || !taints.every(isObject)) throw wrongType('[]v1.Taint', 'NodeSpec.spec.taints');
}

function checkTaints(taints: readonly KubeTaint[], name: string): void {
  const causes = taints.flatMap((taint, index) =>
    taintCauses(taint, taints.slice(0, index), `metadata.taints[${index}]`),
  );
  // The real server checks an update by the rules of creation too, and lists each cause twice.
  if (causes.length > 0) throw invalid('Node', name, [...causes, ...causes]);
}

function taintCauses(taint: KubeTaint, before: readonly KubeTaint[], field: string): FieldCause[] {
  const { key, value = '', effect, timeAdded = null } = taint;
  const causes: FieldCause[] = [];
  if (!EFFECTS.includes(effect)) {
    const supported = EFFECTS.map((each) => `"${each}"`).join(', ');
    const message = `Unsupported value: "${effect}": supported values: ${supported}`;
    causes.push({ reason: 'FieldValueNotSupported', message, field: `${field}.effect` });
  }
  if (value.length > 63 || !LABEL_VALUE.test(value)) {
    const message = `Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters`;
    causes.push({ reason: 'FieldValueInvalid', message, field: `${field}.value` });
  }
  if (before.some((other) => other.key === key && other.effect === effect)) {
    const shown = JSON.stringify({ Key: key, Value: value, Effect: effect, TimeAdded: timeAdded });
    const message = `Duplicate value: ${shown}: taints must be unique by key and effect pair`;
    causes.push({ reason: 'FieldValueDuplicate', message, field });
  }
  return causes;
}

function checkStrings(map: Json | undefined, field: string): void {
  const values = isObject(map) ? Object.values(map) : [];
  if (values.some((value) => typeof value !== 'string')) throw wrongType('string', field);
}

function wrongType(type: string, field: string) {
  return badRequest(
    `Node in version "v1" cannot be handled as a Node: json: cannot unmarshal into Go struct field ${field} of type ${type}`,
  );
}

function withoutEmpty(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: Json): boolean {
  return value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}
