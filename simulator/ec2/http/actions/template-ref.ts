import type { TemplateRef } from '../../catalogue';
import { optional } from '../action';
import type { QueryParams } from '../query-params';

/** LaunchTemplateSpecification of CreateFleet, LaunchTemplate of RunInstances. */
export function templateRef(params: QueryParams): TemplateRef {
  return {
    ...optional('id', params.text('LaunchTemplateId')),
    ...optional('name', params.text('LaunchTemplateName')),
    ...optional('version', params.text('Version')),
  };
}
