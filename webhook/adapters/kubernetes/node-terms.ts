/** Node selectors of pods and volumes, as our model has them. */
import type { V1NodeSelector, V1NodeSelectorRequirement } from '@kubernetes/client-node';
import type { NodeTerm, Requirement } from '../../model/observation';

export function toNodeTerms({ nodeSelectorTerms }: V1NodeSelector): readonly NodeTerm[] {
  return nodeSelectorTerms.map(({ matchExpressions = [], matchFields = [] }) => ({
    labels: matchExpressions.map(toRequirement),
    fields: matchFields.map(toRequirement),
  }));
}

function toRequirement({ key, operator, values = [] }: V1NodeSelectorRequirement): Requirement {
  return { key, operator: operator as Requirement['operator'], values };
}
