/** Sends recorded requests to the simulator over HTTP and compares what comes back, but for what cannot be equal. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startKubeServer, type KubeServer } from '../../../simulator/kubernetes/api/http-server';
import type { AccessSettings } from '../../../simulator/kubernetes/api/access';
import { KubeApi } from '../../../simulator/kubernetes/api/kube-api';
import { makeCluster, type TestCluster } from './test-cluster';

const FOLDER = join(__dirname, '../../fixtures/kubernetes');

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  readonly response: Answer;
}

export function recordedNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''));
}

export function recorded(name: string): Exchange {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Exchange;
}

export interface Replay {
  readonly api: KubeApi;
  readonly cluster: TestCluster;
  send(method: string, path: string, body?: unknown, type?: string): Promise<Answer>;
  /** The recorded request, with our uids in place of the recorded ones, and what `rewrite` changes. */
  replay(name: string, options?: { token?: string; rewrite?: (text: string) => string }): Promise<Answer>;
  close(): Promise<void>;
}

export async function startReplay(access?: AccessSettings): Promise<Replay> {
  const cluster = makeCluster();
  const api = new KubeApi(cluster, access);
  const server = await startKubeServer(api);
  const send: Replay['send'] = (method, path, body, type = 'application/json') =>
    call(server, { method, path, headers: headersFor(body, type), body });
  return {
    api,
    cluster,
    send,
    replay: (name, { token, rewrite = (text: string) => text } = {}) => {
      const { request } = recorded(name);
      const sent = JSON.parse(rewrite(withOurUids(cluster, JSON.stringify(request)))) as Exchange['request'];
      const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      return call(server, { ...sent, headers: { ...sent.headers, ...authorization } });
    },
    close: () => server.close(),
  };
}

function headersFor(body: unknown, type: string): Record<string, string> {
  return { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': type }) };
}

async function call(server: KubeServer, { method, path, headers, body }: Exchange['request']): Promise<Answer> {
  const text = body === undefined || body === null ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}${path}`, { method, headers, body: text });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: JSON.parse(await response.text()) as unknown,
  };
}

/** The recorded uids, by kind, namespace and name: our objects of the same names have others. */
function recordedUids(): Map<string, string> {
  const uids = new Map<string, string>();
  for (const name of recordedNames().filter((each) => !each.startsWith('node-watch'))) {
    const { body } = recorded(name).response as { body: RecordedObject & { items?: RecordedObject[] } };
    const kind = body.kind?.replace(/List$/, '') ?? '';
    for (const { metadata } of [body, ...(body.items ?? [])]) {
      if (metadata?.uid && metadata.name)
        uids.set(metadata.uid, `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    }
  }
  return uids;
}

interface RecordedObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly uid?: string };
}

const UIDS = recordedUids();

function withOurUids(cluster: TestCluster, text: string): string {
  const ours = new Map(
    [...cluster.nodes(), ...cluster.pods()].map(({ kind, metadata }) => [
      `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      metadata.uid,
    ]),
  );
  return [...UIDS].reduce((sent, [uid, object]) => sent.replaceAll(uid, ours.get(object) ?? uid), text);
}

/** What is compared: everything but ids, revisions, times, tokens and how the body was sent. `ignored` are dotted paths. */
export function comparable({ status, headers, body }: Answer, ignored: readonly string[]): unknown {
  const kept = ['content-type', 'retry-after', 'warning', 'www-authenticate'];
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => kept.includes(name))),
    body: normal(body, '', ignored),
  };
}

const VOLATILE = ['uid', 'resourceVersion', 'continue'];

function normal(value: unknown, path: string, ignored: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => normal(each, path, ignored));
  if (typeof value === 'string') return normalText(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, path === '' ? name : `${path}.${name}`, inner] as const)
    .filter(([, at]) => !ignored.includes(at))
    .map(([name, at, inner]) => [name, VOLATILE.includes(name) ? '<volatile>' : normal(inner, at, ignored)]);
  return Object.fromEntries(entries) as unknown;
}

function normalText(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
    .replace(/(ResourceVersion in record) \(\d+\)/, '$1 (<n>)')
    .replace(/current: \d+$/, 'current: <n>');
}
