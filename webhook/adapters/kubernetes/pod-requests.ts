/** What a pod asks of a node, as the scheduler counts it. Source: k8s.io/component-helpers/resource, KEP 753 (sidecars), KEP 2837 (pod level). */
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Resources } from '../../model/observation';
import { parseQuantity } from './quantities';

type Requests = Pick<Resources, 'cpu' | 'memory'>;
type Quantities = Readonly<Record<string, string>> | undefined;

const NOTHING: Requests = { cpu: 0, memory: 0 };

function read(quantities: Quantities): Requests {
  return { cpu: parseQuantity(quantities?.['cpu']), memory: parseQuantity(quantities?.['memory']) };
}

function add(a: Requests, b: Requests): Requests {
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory };
}

function larger(a: Requests, b: Requests): Requests {
  return { cpu: Math.max(a.cpu, b.cpu), memory: Math.max(a.memory, b.memory) };
}

/** Init containers run one after the other, each beside the sidecars (restartPolicy Always) that started before it. */
function initRequests(containers: readonly V1Container[]): { peak: Requests; sidecars: Requests } {
  let sidecars = NOTHING;
  let peak = NOTHING;
  for (const container of containers) {
    const beside = add(sidecars, read(container.resources?.requests));
    if (container.restartPolicy === 'Always') sidecars = beside;
    peak = larger(peak, beside);
  }
  return { peak, sidecars };
}

/** cpu in cores, memory in bytes, `pods` is 1. Throws `kubernetes-rejected` when a quantity cannot be read. */
export function podRequests(
  spec: Pick<V1PodSpec, 'containers' | 'initContainers' | 'overhead' | 'resources'>,
): Resources {
  const { peak, sidecars } = initRequests(spec.initContainers ?? []);
  const running = spec.containers.reduce((sum, each) => add(sum, read(each.resources?.requests)), sidecars);
  const stated = { ...larger(running, peak), ...present(spec.resources?.requests) };
  return { ...add(stated, read(spec.overhead)), pods: 1 };
}

/** Requests of the pod as a whole stand in place of the containers' where they are given. */
function present(quantities: Quantities): Partial<Requests> {
  return {
    ...(quantities?.['cpu'] !== undefined && { cpu: parseQuantity(quantities['cpu']) }),
    ...(quantities?.['memory'] !== undefined && { memory: parseQuantity(quantities['memory']) }),
  };
}
