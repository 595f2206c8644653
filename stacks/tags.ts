export type Component = 'network' | 'server' | 'workers' | 'state';

/** Names of the tags that costs are split by; docs/deploy.md says how to activate them. */
export const COST_TAGS = { application: 'application', cluster: 'smartscale-cluster', component: 'component' } as const;

/**
 * Tags of everything. Never `smartscale:cluster`: what carries that is an instance that the webhook may end, and the
 * server is none.
 */
export function commonTags(own: Readonly<Record<string, string>>, cluster: string): Record<string, string> {
  return { ...own, [COST_TAGS.application]: 'smartscale', [COST_TAGS.cluster]: cluster };
}

export function componentTag(component: Component, name?: string): Record<string, string> {
  return { [COST_TAGS.component]: component, ...(name === undefined ? {} : { Name: name }) };
}
