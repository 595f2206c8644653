import { noticesText } from '../../simulator/exporters/notices-text';
import { startLoopbackServer, type LoopbackServer } from '../../simulator/loopback-server';

export interface PostedAlert {
  readonly status: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

export interface Surroundings extends LoopbackServer {
  readonly target: string;
  /** Alerts posted so far. */
  readonly posted: PostedAlert[];
  /** Authorization headers of the posts. */
  readonly authorizations: (string | undefined)[];
  scrapes(): number;
}

/** One server in every part around Prometheus and Alertmanager: discovery, exporters of a two-node cluster, webhook. */
export async function startSurroundings(kubeStateMetrics: string, nodeExporter: string): Promise<Surroundings> {
  const posted: PostedAlert[] = [];
  const authorizations: (string | undefined)[] = [];
  let scrapes = 0;
  const server = await startLoopbackServer((request, response) => {
    const target = request.headers.host ?? '';
    const json = (body: unknown): void => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body));
    };
    const metrics = (text: string): void => {
      // Prometheus 3 refuses metrics without it.
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(text);
    };
    switch (request.url) {
      case '/sd/kube-state-metrics':
        return json([{ targets: [target], labels: { __metrics_path__: '/kube' } }]);
      case '/sd/node-exporter':
        return json([{ targets: [target], labels: { __metrics_path__: '/node', node: 'n1' } }]);
      case '/sd/notices':
        return json([{ targets: [target], labels: { __metrics_path__: '/notices', node: 'n1' } }]);
      case '/kube':
        scrapes += 1;
        return metrics(kubeStateMetrics);
      case '/node':
        return metrics(nodeExporter);
      case '/notices?collect%5B%5D=textfile':
        return metrics(noticesText(Date.now(), { interruption: Date.now() + 120_000 }));
      case '/metrics':
        return metrics('');
      case '/alerts': {
        authorizations.push(request.headers.authorization);
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          posted.push(...(JSON.parse(body) as { alerts: PostedAlert[] }).alerts);
          response.writeHead(202).end();
        });
        return;
      }
      default:
        return void response.writeHead(404).end();
    }
  });
  return {
    ...server,
    target: new URL(server.url).host,
    posted,
    authorizations,
    scrapes: () => scrapes,
  };
}
