/** Whether a node is one that node selector terms ask for: rules of v1.NodeSelectorTerm. Pure. */
import type { LabelSelector, NodeTerm, Requirement } from '../model/observation';

export interface Selected {
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: nobody knows it yet, so that nothing can ask for it. */
  readonly name?: string;
}

export function matches(terms: readonly NodeTerm[], node: Selected): boolean {
  return terms.some(({ labels, fields }) => {
    if (labels.length + fields.length === 0) return false;
    const named = fields.every((it) => it.key === 'metadata.name' && holds(it, node.name));
    return (
      named && labels.every((it) => holds(it, Object.hasOwn(node.labels, it.key) ? node.labels[it.key] : undefined))
    );
  });
}

/** Rules of metav1.LabelSelector, which are those of node selectors. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every((it) => holds(it, Object.hasOwn(labels, it.key) ? labels[it.key] : undefined));
}

/** What is not there is neither In nor larger nor smaller, and is NotIn. */
function holds({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compared(value, values, (a, b) => a > b);
    case 'Lt':
      return compared(value, values, (a, b) => a < b);
    default:
      return operator satisfies never;
  }
}

const WHOLE = /^[+-]?\d+$/;

function compared(
  value: string | undefined,
  [bound, ...more]: readonly string[],
  compare: (a: bigint, b: bigint) => boolean,
): boolean {
  if (value === undefined || bound === undefined || more.length > 0) return false;
  return WHOLE.test(value) && WHOLE.test(bound) && compare(wholeNumber(value), wholeNumber(bound));
}

function wholeNumber(text: string): bigint {
  return BigInt(text.replace(/^\+/, ''));
}

export function wordsOf([term]: readonly NodeTerm[]): string {
  const [first] = [...(term?.labels ?? []), ...(term?.fields ?? [])];
  if (!first) return 'nothing that a node can have';
  const values = first.values.length > 0 ? ` ${first.values.slice(0, 3).join(', ')}` : '';
  return `${first.key} ${first.operator}${values}`;
}
