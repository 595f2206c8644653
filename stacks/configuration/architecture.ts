export const ARCHITECTURES = ['x86_64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/**
 * By AWS's naming rule: behind the number of the generation a "g" stands for Graviton; a1 came before the rule. Null for
 * what follows no rule that we know. AWS itself is asked before anything is made; this spares the way there.
 */
export function architectureOf(instanceType: string): Architecture | null {
  const [family = ''] = instanceType.split('.');
  if (family === 'a1') return 'arm64';
  const options = /^[a-z]+\d+([a-z]*)(-flex)?$/.exec(family)?.[1];
  if (options === undefined || family.startsWith('mac')) return null;
  return options.includes('g') ? 'arm64' : 'x86_64';
}
