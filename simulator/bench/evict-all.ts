/** The least that draining a node takes: bare calls of the Eviction API, and nothing else is looked at or waited for. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubePod } from '../kubernetes/objects';

/** As many calls at a time as SmartScale makes. */
const AT_ONCE = 10;
/** What one of the ten rests after a refusal: the pod is asked for again when all others had their turn. */
const PAUSE_MS = 10;

/** Resolves when every eviction was accepted. */
export async function evictAll(url: string, pods: readonly KubePod[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const waiting = [...pods];
  const work = async (): Promise<void> => {
    for (let pod = waiting.shift(); pod; pod = waiting.shift()) {
      if ((await evict(url, pod, agent)) !== 429) continue;
      waiting.push(pod);
      await sleep(PAUSE_MS);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, () => work()));
  } finally {
    agent.destroy();
  }
}

function evict(url: string, { metadata }: KubePod, agent: Agent): Promise<number> {
  const { namespace = '', name, uid } = metadata;
  const deleteOptions = { preconditions: { uid } };
  const body = JSON.stringify({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { namespace, name },
    deleteOptions,
  });
  const path = `${url}/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(path, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        const status = answer.statusCode ?? 0;
        if (status === 201 || status === 429) resolve(status);
        else reject(new Error(`the eviction of ${name} was answered with ${status}`));
      });
    });
    sent.on('error', reject).end(body);
  });
}
