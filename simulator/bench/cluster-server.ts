/**
 * A process of its own that serves the pages of cluster-pages.ts: `http://127.0.0.1:<port>/<pods>` is the API server of a
 * cluster of so many pods. Compresses for whoever accepts it, as API servers do with what is long. Sends its port to its
 * parent, and ends with it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ClusterPages } from './cluster-pages';

const PODS_A_NODE = 30;
const PATH = /^\/(\d+)\/api\/v1\/(pods|nodes)$/;

const clusters = new Map<number, ClusterPages>();

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://bench');
  const [, count, resource] = PATH.exec(pathname) ?? [];
  if (count === undefined) {
    response.writeHead(404).end();
    return;
  }
  const from = Number(searchParams.get('continue') ?? 0);
  const limit = Number(searchParams.get('limit') ?? Infinity);
  const { text } = clusterOf(Number(count)).page(resource as 'pods' | 'nodes', from, limit);
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding']));
  const body = zipped ? gzipSync(text, { level: 1 }) : Buffer.from(text);
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  response.writeHead(200, zipped ? { ...headers, 'content-encoding': 'gzip' } : headers).end(body);
}

function clusterOf(pods: number): ClusterPages {
  const known = clusters.get(pods) ?? new ClusterPages(pods, Math.ceil(pods / PODS_A_NODE));
  clusters.set(pods, known);
  return known;
}

const server = createServer(answer);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
