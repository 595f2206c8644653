import type { IncomingMessage, RequestListener } from 'node:http';
import { EXPOSITION_CONTENT_TYPE } from './exposition';

/** `stopped` is answered with 503, `unknown` with 404. */
export type Scrape = { readonly text: string } | 'stopped' | 'unknown';

/** What there is to scrape. */
export interface ExporterSource {
  /** Nodes whose machine runs. */
  monitoredNodes(): readonly string[];
  nodeExporter(node: string): Scrape;
  kubeStateMetrics(): Scrape;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const KUBE_STATE_METRICS_PATH = '/kube-state-metrics/metrics';

/**
 * GET /sd/node-exporter and /sd/kube-state-metrics give the targets for Prometheus' http_sd_configs, all on this server;
 * GET /nodes/<name>/metrics and /kube-state-metrics/metrics are the targets. A stopped exporter is still listed.
 */
export function exportersHandler(source: ExporterSource): RequestListener {
  return (request, response) => {
    const { status, type, body } = replyTo(request, source);
    response.writeHead(status, { 'content-type': type }).end(body);
  };
}

function replyTo(request: IncomingMessage, source: ExporterSource): Reply {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (request.method !== 'GET') return text(405, 'only GET');
  const target = `127.0.0.1:${request.socket.localPort}`;
  if (path === '/sd/node-exporter') return discovery(target, source.monitoredNodes().map(nodeTarget));
  if (path === '/sd/kube-state-metrics') return discovery(target, [{ __metrics_path__: KUBE_STATE_METRICS_PATH }]);
  if (path === KUBE_STATE_METRICS_PATH) return metrics(source.kubeStateMetrics());
  const node = /^\/nodes\/([a-z0-9.-]+)\/metrics$/.exec(path)?.[1];
  return metrics(node === undefined ? 'unknown' : source.nodeExporter(node));
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
