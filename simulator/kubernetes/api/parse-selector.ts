import { badRequest } from '../api-error';
import type { Labels } from '../label-selector';

/** One demand on an object's labels. */
export type LabelTest = (labels: Labels) => boolean;

const SET = /^(?<key>[^\s!=,()]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$/;
const EQUAL = /^(?<key>[^\s!=,()]+)\s*(?<operator>=|==|!=)\s*(?<value>[^\s!=,()]*)$/;
const EXISTS = /^(?<not>!?)(?<key>[^\s!=,()]+)$/;

/** The query parameter `labelSelector`: =, ==, !=, in, notin, key, !key. Throws the 400. */
export function parseLabelSelector(text: string): LabelTest {
  const tests = splitOutside(text).map(labelTest);
  return (labels) => tests.every((test) => test(labels));
}

/** At commas that are not in parentheses. */
function splitOutside(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function labelTest(part: string): LabelTest {
  const set = SET.exec(part)?.groups;
  if (set) return setTest(set);
  const equal = EQUAL.exec(part)?.groups;
  if (equal) {
    const { key = '', operator, value } = equal;
    return (labels) => (labels?.[key] === value) === (operator !== '!=');
  }
  const exists = EXISTS.exec(part)?.groups;
  if (!exists) throw badRequest(`unable to parse requirement: ${part}`);
  const { key = '', not } = exists;
  return (labels) => (labels?.[key] !== undefined) === (not === '');
}

function setTest({ key = '', operator, values = '' }: Record<string, string>): LabelTest {
  const wanted = values.split(',').map((value) => value.trim());
  return (labels) => {
    const value = labels?.[key];
    return operator === 'in'
      ? value !== undefined && wanted.includes(value)
      : value === undefined || !wanted.includes(value);
  };
}

export interface FieldDemand {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}

/** The query parameter `fieldSelector`. Throws the 400 for a field that the resource does not offer. */
export function parseFieldSelector(text: string, supported: readonly string[]): FieldDemand[] {
  const parts = text.split(',').filter((part) => part !== '');
  return parts.map((part) => {
    const groups = /^(?<field>[^!=]+)(?<operator>==|=|!=)(?<value>.*)$/.exec(part)?.groups;
    if (!groups) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const { field = '', operator, value = '' } = groups;
    if (!supported.includes(field)) throw badRequest(`field label not supported: ${field}`);
    return { field, value, equal: operator !== '!=' };
  });
}
