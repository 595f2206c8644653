import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { podRequests } from '../../../webhook/adapters/kubernetes/pod-requests';

const Mi = 2 ** 20;

function container(requests: Record<string, string>, more: Partial<V1Container> = {}): V1Container {
  return { name: 'c', image: 'i', resources: { requests }, ...more };
}

function requestsOf(spec: Partial<V1PodSpec>) {
  return podRequests({ containers: [], ...spec });
}

describe('what a pod asks of a node', () => {
  it('is the sum of its containers', () => {
    const containers = [container({ cpu: '500m', memory: '64Mi' }), container({ cpu: '1', memory: '128Mi' })];
    expect(requestsOf({ containers })).toEqual({ cpu: 1.5, memory: 192 * Mi, pods: 1 });
  });

  it('is only its slot when nothing is requested', () => {
    expect(requestsOf({ containers: [{ name: 'c', image: 'i' }] })).toEqual({ cpu: 0, memory: 0, pods: 1 });
  });

  it('is the largest init container where that is more, resource by resource', () => {
    const initContainers = [container({ cpu: '2', memory: '10Mi' }), container({ cpu: '1', memory: '20Mi' })];
    expect(requestsOf({ initContainers, containers: [container({ cpu: '500m', memory: '64Mi' })] })).toEqual({
      cpu: 2,
      memory: 64 * Mi,
      pods: 1,
    });
  });

  it('counts a sidecar beside the containers', () => {
    const initContainers = [container({ cpu: '200m' }, { restartPolicy: 'Always' })];
    expect(requestsOf({ initContainers, containers: [container({ cpu: '1' })] }).cpu).toBeCloseTo(1.2);
  });

  it('counts a sidecar beside the init containers after it, not before it', () => {
    const sidecar = container({ cpu: '200m' }, { restartPolicy: 'Always' });
    const init = container({ cpu: '2' });
    const containers = [container({ cpu: '100m' })];
    expect(requestsOf({ initContainers: [sidecar, init], containers }).cpu).toBeCloseTo(2.2);
    expect(requestsOf({ initContainers: [init, sidecar], containers }).cpu).toBeCloseTo(2);
  });

  it('adds the overhead of the runtime class on top of everything', () => {
    const spec = {
      initContainers: [container({ cpu: '2' })],
      containers: [container({ cpu: '1', memory: '64Mi' })],
      overhead: { cpu: '250m', memory: '120Mi' },
    };
    expect(requestsOf(spec)).toEqual({ cpu: 2.25, memory: 184 * Mi, pods: 1 });
  });

  it('takes what is stated for the pod as a whole in place of the containers, and keeps the rest', () => {
    const spec = {
      resources: { requests: { cpu: '4' } },
      containers: [container({ cpu: '1', memory: '64Mi' })],
      overhead: { cpu: '250m' },
    };
    expect(requestsOf(spec)).toEqual({ cpu: 4.25, memory: 64 * Mi, pods: 1 });
  });

  it('is an error when a number cannot be read', () => {
    expect(() => requestsOf({ containers: [container({ cpu: 'some' })] })).toThrow('"some" is no Kubernetes quantity');
  });
});
