import type { Pod } from '../model/observation';

/** Equal for pods that the same nodes can take, as long as nobody asks which other pods are there. Pure. */
export function shapeOf(pod: Pod): string {
  const { requests, nodeSelector, affinity, tolerations, claims, namespace } = pod;
  const { cpu, memory, pods } = requests;
  let shape = `${cpu} ${memory} ${pods}`;
  for (const key in nodeSelector) shape += `\n${key}=${nodeSelector[key]}`;
  for (const { key = '', operator = '', value = '', effect = '' } of tolerations) {
    shape += `\n${key} ${operator} ${value} ${effect}`;
  }
  if (affinity) shape += `\n${JSON.stringify(affinity)}`;
  return claims ? `${shape}\n${namespace}/${claims.join()}` : shape;
}
