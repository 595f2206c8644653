/** One measurement of listing.ts in a process of its own: `list-once.js <way> <url>`. Prints JSON. */
import { CoreV1Api } from '@kubernetes/client-node';
import { configurationOf } from '../../webhook/adapters/kubernetes/client';
import { makeKubernetesAdapter } from '../../webhook/adapters/kubernetes/kubernetes-adapter';
import { makePageReader } from '../../webhook/adapters/kubernetes/page-reader';
import { watchLoop, type Holds } from './loop-holds';

export interface Listed {
  readonly items: number;
  readonly wallMs: number;
  /** Of all threads of the process. */
  readonly cpuMs: number;
  readonly holds: Holds;
  readonly peakMib: number;
  /** What of `cpuMs` was `JSON.parse`, and of how many characters; of `parse` alone. */
  readonly parseMs?: number;
  readonly characters?: number;
}

const TIMEOUT_MS = 60_000;
const PAGE = 200;

type Way = (url: string) => Promise<Pick<Listed, 'items' | 'characters' | 'parseMs'> & { readonly kept: unknown }>;

const WAYS: Readonly<Record<string, Way>> = { ours, stock, parse };

async function ours(url: string): ReturnType<Way> {
  const kubernetes = makeKubernetesAdapter({ server: url }, { timeoutMs: TIMEOUT_MS });
  const nodes = await kubernetes.listNodes();
  const pods = await kubernetes.listPods();
  return { items: nodes.length + pods.length, kept: [nodes, pods] };
}

/** Keeps a name of each: what is made of the rest is the client's work all the same. */
async function stock(url: string): ReturnType<Way> {
  const core = new CoreV1Api(configurationOf({ server: url }, TIMEOUT_MS));
  const kept: unknown[] = [];
  for (const list of ['listNode', 'listPodForAllNamespaces'] as const) {
    for (let token: string | undefined; ;) {
      const { items, metadata } = await core[list]({ limit: PAGE, ...(token !== undefined && { _continue: token }) });
      for (const item of items) kept.push(item.metadata?.name);
      token = metadata?._continue || undefined;
      if (token === undefined) break;
    }
  }
  return { items: kept.length, kept };
}

async function parse(url: string): ReturnType<Way> {
  const pages = makePageReader(configurationOf({ server: url }, TIMEOUT_MS));
  const sum = { items: 0, characters: 0, parseMs: 0 };
  for (const resource of ['nodes', 'pods']) {
    for (let token: string | undefined; ;) {
      const text = await pages.read(`/api/v1/${resource}`, { limit: PAGE, continue: token });
      const before = process.cpuUsage();
      const page = JSON.parse(text) as { items: unknown[]; metadata: { continue?: string } };
      sum.parseMs += cpuMsSince(before);
      sum.characters += text.length;
      sum.items += page.items.length;
      token = page.metadata.continue;
      if (token === undefined) break;
    }
  }
  return { ...sum, kept: null };
}

async function main([name = '', url = '']: readonly string[]): Promise<Listed> {
  const way = WAYS[name];
  if (!way) throw new Error(`there is no way "${name}"`);
  const ended = watchLoop();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const { kept, ...listed } = await way(url);
  const wallMs = performance.now() - begun;
  const measured = { wallMs, cpuMs: cpuMsSince(cpu), holds: ended(), peakMib: process.resourceUsage().maxRSS / 1024 };
  // Held until here, so that the peak is that of somebody who has all of it.
  if (kept === undefined) throw new Error('nothing was kept');
  return { ...listed, ...measured };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

main(process.argv.slice(2))
  .then((listed) => process.stdout.write(`${JSON.stringify(listed)}\n`))
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  });
