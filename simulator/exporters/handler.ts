import type { IncomingMessage, RequestListener } from 'node:http';
import { EXPOSITION_CONTENT_TYPE } from './exposition';

/** `stopped` is answered with 503, `unknown` with 404. */
export type Scrape = { readonly text: string } | 'stopped' | 'unknown';

/** What there is to scrape. */
export interface ExporterSource {
  /** Nodes whose machine runs. */
  monitoredNodes(): readonly string[];
  /** Of these collectors only; none named: of all. */
  nodeExporter(node: string, collectors?: readonly string[]): Scrape;
  kubeStateMetrics(): Scrape;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const KUBE_STATE_METRICS_PATH = '/kube-state-metrics/metrics';

/** Jobs that scrape the node-exporters: all of them discover the same targets. */
const NODE_JOBS: ReadonlySet<string> = new Set(['/sd/node-exporter', '/sd/notices']);

/**
 * GET /sd/node-exporter, /sd/notices and /sd/kube-state-metrics give the targets for Prometheus' http_sd_configs, all on this server;
 * GET /nodes/<name>/metrics and /kube-state-metrics/metrics are the targets. A stopped exporter is still listed.
 */
export function exportersHandler(source: ExporterSource): RequestListener {
  return (request, response) => {
    const { status, type, body } = replyTo(request, source);
    response.writeHead(status, { 'content-type': type }).end(body);
  };
}

function replyTo(request: IncomingMessage, source: ExporterSource): Reply {
  const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (request.method !== 'GET') return text(405, 'only GET');
  const target = `127.0.0.1:${request.socket.localPort}`;
  if (NODE_JOBS.has(path)) return discovery(target, source.monitoredNodes().map(nodeTarget));
  if (path === '/sd/kube-state-metrics') return discovery(target, [{ __metrics_path__: KUBE_STATE_METRICS_PATH }]);
  if (path === KUBE_STATE_METRICS_PATH) return metrics(source.kubeStateMetrics());
  const node = /^\/nodes\/([a-z0-9.-]+)\/metrics$/.exec(path)?.[1];
  return metrics(node === undefined ? 'unknown' : source.nodeExporter(node, searchParams.getAll('collect[]')));
}

function nodeTarget(node: string): Record<string, string> {
  return { node, __metrics_path__: `/nodes/${node}/metrics` };
}

function discovery(target: string, groups: readonly Record<string, string>[]): Reply {
  const body = JSON.stringify(groups.map((labels) => ({ targets: [target], labels })));
  return { status: 200, type: 'application/json', body };
}

function metrics(answer: Scrape): Reply {
  if (answer === 'stopped') return text(503, 'this exporter is stopped');
  if (answer === 'unknown') return text(404, 'no such exporter');
  return { status: 200, type: EXPOSITION_CONTENT_TYPE, body: answer.text };
}

function text(status: number, message: string): Reply {
  return { status, type: 'text/plain', body: `${message}\n` };
}
