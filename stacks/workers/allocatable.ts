/** Of a machine's memory, what firmware and kernel leave. */
const LEFT_BY_KERNEL = 0.94;
/** Kept by the kubelet before it evicts, and for DaemonSets and K3s itself. */
const MEMORY_KEPT_MIB = 400;
const CPU_KEPT_MILLICORES = 150;

/**
 * What a new node of the smallest of these types offers to pods, rather too little than too much: it decides what is
 * bought before there is a node to look at. `types`: data sources of instance types.
 */
export function allocatable(types: readonly string[]) {
  const least = (attribute: string) => `min(${types.map((it) => `${it}.${attribute}`).join(', ')})`;
  return {
    cpu: `\${${least('default_vcpus')} * 1000 - ${CPU_KEPT_MILLICORES}}m`,
    memory: `\${floor(${least('memory_size')} * ${LEFT_BY_KERNEL}) - ${MEMORY_KEPT_MIB}}Mi`,
  };
}
