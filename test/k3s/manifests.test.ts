import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonSet, Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import { Namespace, Service, ServiceAccount } from 'kubernetes-models/v1';
import { parse } from 'yaml';
import { contractTable } from '../../prometheus-rules/contract-table';
import { REPOSITORY, SHIPPED } from '../../simulator/monitoring/shipped-files';
import { parseBytes, parseCores } from '../../webhook/config/quantity';
import { unknownFields } from './support/unknown-fields';
import { shippedManifests, workloads, type Container } from './support/manifests';

const MODELS: Readonly<Record<string, new (data: never) => { validate(): void }>> = {
  Namespace,
  Service,
  ServiceAccount,
  Deployment,
  DaemonSet,
  NetworkPolicy,
  Role,
  RoleBinding,
  ClusterRole,
  ClusterRoleBinding,
};

const manifests = shippedManifests();
const all = workloads(manifests);
const containers = all.flatMap(({ name, pod }) => pod.containers.map((it) => [`${name}/${it.name}`, it] as const));
const onServer = all.filter(({ kind }) => kind === 'Deployment');
const containerOf = (name: string) => containers.find(([key]) => key === `${name}/${name}`)?.[1];
const flagsOf = (path: string) =>
  Object.entries(parse(readFileSync(path, 'utf8')) as Record<string, string>).map(
    ([name, value]) => `--${name}=${value}`,
  );

describe('every manifest', () => {
  test.each(manifests.map((it) => [`${it.kind} ${it.metadata.name}`, it] as const))(
    '%s is one that Kubernetes takes',
    (_name, manifest) => {
      const Model = MODELS[manifest.kind];
      if (!Model) throw new Error(`no model of ${manifest.kind}`);
      expect(() => new Model(manifest as never).validate()).not.toThrow();
      expect(unknownFields(manifest, `V1${manifest.kind}`)).toEqual([]);
    },
  );

  test('a field that Kubernetes does not know is found', () => {
    const [deployment] = manifests.filter(({ kind }) => kind === 'Deployment');
    const wrong = {
      ...deployment,
      spec: { ...deployment?.spec, replica: 1, template: { spec: { containers: [{ img: 'x' }] } } },
    };
    expect(unknownFields(wrong, 'V1Deployment')).toEqual(['.spec.template.spec.containers[0].img', '.spec.replica']);
  });
});

describe('where it runs', () => {
  test('all that scaling depends on is pinned to the server, so that no drain of workers reaches it', () => {
    expect(onServer.map(({ name }) => name)).toEqual(['alertmanager', 'kube-state-metrics', 'prometheus']);
    for (const { pod } of onServer) {
      expect(pod.nodeSelector).toEqual({ 'node-role.kubernetes.io/control-plane': 'true' });
      expect(pod.tolerations).toEqual([
        { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
      ]);
    }
  });

  test('nothing of ours runs on a worker but node-exporter', () => {
    expect(all.filter(({ kind }) => kind !== 'Deployment').map(({ name }) => name)).toEqual(['node-exporter']);
  });

  test('the taint of the server is the one that CoreDNS, as K3s ships it, tolerates: without a worker it runs there', () => {
    const install = readFileSync(join(REPOSITORY, 'k3s/server/install.sh'), 'utf8');
    const [, key, effect] = /node-taint:\n {2}- '([^=]+)=true:(\w+)'/.exec(install) ?? [];
    // manifests/coredns.yaml and metrics-server-deployment.yaml of k3s-io/k3s.
    const tolerated = [
      { key: 'CriticalAddonsOnly', operator: 'Exists' },
      { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
    ];
    expect(tolerated).toContainEqual({ key, operator: 'Exists', effect });
  });

  test('nothing that alerts pass needs DNS, which may be on a worker: their names are in the pods', () => {
    const hosts = (name: string) => JSON.stringify(all.find((it) => it.name === name)?.pod);
    expect(hosts('alertmanager')).toContain('"ip":"10.0.0.5","hostnames":["smartscale.smartscale.svc"]');
    expect(hosts('prometheus')).toContain('"ip":"10.43.0.93","hostnames":["alertmanager.monitoring.svc"]');
  });

  test('what runs on the server fits a machine of 4 GiB and two cores, K3s and the webhook included', () => {
    const sum = (kind: 'requests' | 'limits', resource: 'cpu' | 'memory') =>
      containers.reduce((total, [, { resources }]) => total + amount(resources?.[kind][resource], resource), 0);
    const unit = readFileSync(join(REPOSITORY, 'k3s/server/smartscale.service'), 'utf8');
    const webhook = Number(/^MemoryMax=(\d+)M$/m.exec(unit)?.[1]) * 2 ** 20;
    const k3s = 1.25 * 2 ** 30;
    // What K3s brings and puts here while there is no worker: CoreDNS at its limit, metrics-server and the provisioner of
    // local volumes as they are on a small cluster. Its requests are 0.2 cores and 140 MiB.
    const ofK3s = (170 + 70 + 32) * 2 ** 20;
    // What the kernel and system services take of 4 GiB.
    const offered = 3.7 * 2 ** 30;
    expect(sum('requests', 'memory') + webhook + k3s + 140 * 2 ** 20).toBeLessThan(0.75 * offered);
    expect(sum('limits', 'memory') + webhook + k3s + ofK3s).toBeLessThan(offered);
    expect(sum('requests', 'cpu') + 0.2).toBeLessThan(0.5);
  });

  test('node-exporter takes little of a worker', () => {
    expect(containerOf('node-exporter')?.resources).toEqual({
      requests: { cpu: '10m', memory: '24Mi' },
      limits: { memory: '64Mi' },
    });
  });
});

function amount(written: string | undefined, resource: 'cpu' | 'memory'): number {
  if (written === undefined) return 0;
  return (resource === 'cpu' ? parseCores(written) : parseBytes(written)) ?? NaN;
}

describe('every container', () => {
  test.each(containers)(
    '%s has a pinned version, requests, a limit of memory and no right that it does not need',
    (_name, container) => {
      expect(container.image).toMatch(/^[a-z0-9./-]+:v\d+\.\d+\.\d+$/);
      expect(container.resources?.requests).toEqual({
        cpu: expect.any(String) as string,
        memory: expect.any(String) as string,
      });
      expect(container.resources?.limits['memory']).toBeDefined();
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    },
  );

  test.each(all.map((it) => [it.name, it.pod] as const))(
    '%s is nobody, in the network of pods, and asks the API server only with an account of its own',
    (_name, pod) => {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65_534,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.hostNetwork).toBeUndefined();
      expect(pod.serviceAccountName !== undefined || pod.automountServiceAccountToken === false).toBe(true);
    },
  );

  test.each(containers)(
    '%s mounts whole folders, none within another: only so a change reaches it',
    (_name, { volumeMounts = [] }) => {
      expect(volumeMounts.filter(({ subPath }) => subPath !== undefined)).toEqual([]);
      const paths = volumeMounts.map(({ mountPath }) => mountPath);
      expect(paths.filter((path) => paths.some((other) => path.startsWith(`${other}/`)))).toEqual([]);
    },
  );
});

describe('command lines', () => {
  test.each([
    [
      'prometheus',
      SHIPPED.prometheusFlags,
      ['--storage.tsdb.retention.size=8GB', '--web.config.file=/etc/prometheus-web/web.yml'],
    ],
    ['alertmanager', SHIPPED.alertmanagerFlags, ['--web.config.file=/etc/alertmanager-web/web.yml']],
  ])('%s has the shipped flags, and its door', (name, flags, own) => {
    expect(containerOf(name)?.args).toEqual([...flagsOf(flags), ...own]);
  });

  test('kube-state-metrics has the allow-lists of the contract', () => {
    const text = readFileSync(join(REPOSITORY, 'prometheus-rules/CONTRACT.md'), 'utf8');
    const needed = /`(--metric-labels-allowlist=[^`]+)`/.exec(text)?.[1];
    expect(containerOf('kube-state-metrics')?.args).toContain(needed);
  });

  test('every metric that the rules read comes from something that is shipped', () => {
    const kinds = { 'kube-state-metrics': ['node', 'pod'], 'node-exporter': ['cpu', 'memory'] };
    const resources = /--resources=(\S+)/
      .exec(containerOf('kube-state-metrics')?.args?.join(' ') ?? '')?.[1]
      ?.split(',');
    expect(resources).toEqual(kinds['kube-state-metrics'].map((it) => `${it}s`));
    const collectors = containerOf('node-exporter')?.args?.join(' ') ?? '';
    const table = contractTable(readFileSync(join(REPOSITORY, 'prometheus-rules/CONTRACT.md'), 'utf8'));
    const unmet = [...table.keys()].filter((metric) => !shippedSource(metric, collectors));
    expect(unmet).toEqual([]);
  });
});

function shippedSource(metric: string, collectors: string): boolean {
  if (/^kube_(node|pod)_/.test(metric)) return true;
  if (metric.startsWith('node_cpu_')) return collectors.includes('--collector.cpu');
  if (metric.startsWith('node_memory_')) return collectors.includes('--collector.meminfo');
  if (metric.startsWith('smartscale_notice_')) {
    const unit = readFileSync(join(REPOSITORY, 'k3s/worker/smartscale-notices.sh'), 'utf8');
    return collectors.includes('--collector.textfile.directory=/notices') && unit.includes(metric);
  }
  // Of the webhook: test/rules/contract.test.ts compares it with what that publishes.
  return metric.startsWith('smartscale_');
}

describe('doors', () => {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');

  test('nobody reaches a pod of the monitoring who is not named', () => {
    expect(policies.find(({ metadata }) => metadata.name === 'nobody')?.spec).toEqual({
      podSelector: {},
      policyTypes: ['Ingress'],
    });
  });

  test('Alertmanager is reached by Prometheus only, Prometheus by no pod at all, exporters by Prometheus', () => {
    const sources = policies.flatMap(({ metadata, spec }) =>
      ((spec?.['ingress'] ?? []) as { from?: object[] }[]).map(({ from }) => [metadata.name, from]),
    );
    const prometheus = [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } }];
    expect(sources).toEqual([
      ['alertmanager', prometheus],
      ['exporters', prometheus],
    ]);
  });

  test('neither serves anybody outside the cluster', () => {
    const services = manifests.filter(({ kind }) => kind === 'Service');
    expect(services.map(({ metadata, spec }) => [metadata.name, spec?.['type'] ?? 'ClusterIP'])).toEqual([
      ['alertmanager', 'ClusterIP'],
      ['prometheus', 'ClusterIP'],
    ]);
  });

  test('Prometheus and kube-state-metrics may look, and nothing else', () => {
    const roles = manifests.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
    const rules = roles.flatMap((it) => (it as unknown as { rules: { resources: string[]; verbs: string[] }[] }).rules);
    expect(rules.flatMap(({ verbs }) => verbs).filter((verb) => !['get', 'list', 'watch'].includes(verb))).toEqual([]);
    expect([...new Set(rules.flatMap(({ resources }) => resources))].sort()).toEqual(['nodes', 'pods']);
  });
});

test('the reload container is the same image as the program that it tells', () => {
  const images = (name: string): readonly (Container | undefined)[] => [
    containerOf(name),
    containers.find(([key]) => key === `${name}/reload`)?.[1],
  ];
  for (const name of ['prometheus', 'alertmanager']) {
    const [program, reload] = images(name);
    expect(reload?.image).toBe(program?.image);
  }
});
