import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeStateMetrics } from '../../../simulator/exporters/kube-state-metrics';
import { renderNodeExporter } from '../../../simulator/exporters/node-exporter';
import { NodeMeter } from '../../../simulator/exporters/node-meter';
import { noticesText } from '../../../simulator/exporters/notices-text';
import { parseExposition } from '../../support/parse-exposition';
import { buildNode, buildPod } from './build-objects';

interface Row {
  readonly metric: string;
  readonly labels: readonly string[];
  readonly from: string;
}

/** Rows of the first table of the contract: `metric` | labels | from | needs. */
function contractRows(): Row[] {
  const text = readFileSync(join(__dirname, '../../../prometheus-rules/CONTRACT.md'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, metric = '', labels = '', from = ''] = line.split('|').map((cell) => cell.trim());
    if (!['kube-state-metrics', 'node-exporter'].includes(from)) return [];
    return [
      { metric: metric.replaceAll('`', ''), labels: [...labels.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ''), from },
    ];
  });
}

const container = { name: 'main', image: 'shop', resources: { requests: { cpu: '1', memory: '1Gi' } } };

/** Objects such that every metric of the contract has a series. */
const published = {
  'kube-state-metrics': parseExposition(
    new KubeStateMetrics().render({
      nodes: [buildNode({ labels: { 'smartscale/pool': 'workers', 'node-role.kubernetes.io/etcd': '' } })],
      pods: [
        buildPod({
          metadata: { labels: { 'smartscale/pool': 'workers' }, deletionTimestamp: '2026-01-01T00:00:00Z' },
          spec: { containers: [container], initContainers: [container], nodeName: 'i-1' },
          status: {
            phase: 'Pending',
            conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
          },
        }),
      ],
    }),
  ),
  'node-exporter': parseExposition(
    renderNodeExporter(new NodeMeter(0, { cores: 2, memory: 8e9 }).read(1000)) + noticesText(0, { interruption: 0 }),
  ),
};

describe('the metric contract of the rules', () => {
  it('names metrics of both exporters', () => {
    expect(contractRows().filter(({ from }) => from === 'kube-state-metrics').length).toBeGreaterThan(10);
    expect(contractRows().filter(({ from }) => from === 'node-exporter').length).toBeGreaterThan(2);
  });

  it.each(contractRows())('$metric is published by $from with its labels', ({ metric, labels, from }) => {
    const sample = published[from as keyof typeof published].get(metric)?.samples[0];
    // node-exporter does not know its node: service discovery adds that label.
    const own = labels.filter((label) => from !== 'node-exporter' || label !== 'node');
    expect(Object.keys(sample?.labels ?? {})).toEqual(expect.arrayContaining(own));
    expect(sample).toBeDefined();
  });
});
