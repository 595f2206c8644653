import type { KubeNode, NodeRequirement, NodeSelector } from './objects';

/** One term must hold, with all that it says; one that says nothing holds of no node. */
export function isSelectedBy({ nodeSelectorTerms }: NodeSelector, { metadata }: KubeNode): boolean {
  return nodeSelectorTerms.some(({ matchExpressions = [], matchFields = [] }) => {
    const byLabel = matchExpressions.map((it) => isMet(it, metadata.labels?.[it.key]));
    const byField = matchFields.map((it) => isMet(it, it.key === 'metadata.name' ? metadata.name : undefined));
    const answers = [...byLabel, ...byField];
    return answers.length > 0 && answers.every(Boolean);
  });
}

type Check = (value: string | undefined, values: readonly string[]) => boolean;

const CHECKS: Readonly<Record<NodeRequirement['operator'], Check>> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value, [bound]) => Number(value) > Number(bound),
  Lt: (value, [bound]) => Number(value) < Number(bound),
};

function isMet({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  return CHECKS[operator](value, values);
}
