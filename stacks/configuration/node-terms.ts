/** Labels and taints of a pool's nodes: what Kubernetes takes, what a kubelet may say of itself, and what is left to people. */
import type { Mistake } from './mistake';
import type { PoolConfiguration } from './schema';

type Taint = PoolConfiguration['taints'][number];

const PREFIX = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const KEY =
  'must be a name of at most 63 letters, digits and - _ . inside, with or without a domain and a slash before it';
const VALUE = 'must be at most 63 letters, digits and - _ . inside';

const OWN = 'smartscale';
/** Prefixes that a kubelet may give its own node (--node-labels and the admission plugin NodeRestriction). */
const OF_KUBELETS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
/** What the kubelet, K3s or k3s/worker/install.sh say of every node, each as its machine is. */
const OF_THE_MACHINE =
  /^((beta\.)?kubernetes\.io\/(arch|os|hostname)|(topology|failure-domain\.beta)\.kubernetes\.io\/.*|(node|beta)\.kubernetes\.io\/instance-type)$/;

export function labelChecks(labels: PoolConfiguration['labels'], path: readonly string[]): readonly Mistake[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const message = keyMistake(key, refusedLabel) ?? (isValue(value) ? null : `${VALUE}, not ${JSON.stringify(value)}`);
    return message === null ? [] : [{ path: [...path, key], message }];
  });
}

export function taintChecks(taints: readonly Taint[], path: readonly string[]): readonly Mistake[] {
  return taints.flatMap(({ key, value = '', effect }, i) => {
    const at = (name: string, message: string | null) =>
      message === null ? [] : [{ path: [...path, String(i), name], message }];
    const twice = taints.slice(0, i).some((it) => it.key === key && it.effect === effect);
    return [
      ...at('key', keyMistake(key, refusedTaint)),
      ...at('value', isValue(value) ? null : `${VALUE}, not ${JSON.stringify(value)}`),
      ...at('key', twice ? `must not be there twice with ${effect}, not ${JSON.stringify(key)}` : null),
    ];
  });
}

function keyMistake(key: string, refused: (prefix: string, key: string) => string | null): string | null {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  const wellFormed = NAME.test(name) && (prefix === undefined || PREFIX.test(prefix)) && more.length === 0;
  return wellFormed ? refused(prefix ?? '', key) : `${KEY}, not ${JSON.stringify(key)}`;
}

function refusedLabel(prefix: string, key: string): string | null {
  if (prefix === OWN) return `must be another key: ${OWN}/ is for SmartScale itself`;
  if (OF_THE_MACHINE.test(key)) return 'must be another key: each machine says this one itself';
  if (!isOfKubernetes(prefix) || OF_KUBELETS.some((it) => isOf(prefix, it))) return null;
  return `must be another key: a kubelet may not give its node labels of ${prefix}/, only of ${OF_KUBELETS.join('/ and ')}/`;
}

/** Those of Kubernetes come and go with what it finds of the node. */
function refusedTaint(prefix: string): string | null {
  if (prefix === OWN) return `must be another key: ${OWN}/ is for SmartScale itself`;
  return isOfKubernetes(prefix) ? `must be another key: taints of ${prefix}/ are for Kubernetes itself` : null;
}

function isOfKubernetes(prefix: string): boolean {
  return isOf(prefix, 'kubernetes.io') || isOf(prefix, 'k8s.io');
}

function isOf(prefix: string, domain: string): boolean {
  return prefix === domain || prefix.endsWith(`.${domain}`);
}

function isValue(value: string): boolean {
  return value === '' || NAME.test(value);
}
