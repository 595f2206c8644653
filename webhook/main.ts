#!/usr/bin/env node
/** Composition root: the only place that makes clients. */
import { hostname } from 'node:os';
import { makeAlertmanagerAdapter } from './adapters/alertmanager/alertmanager-adapter';
import { makeDynamoClient } from './adapters/dynamodb/client';
import { DynamoStore } from './adapters/dynamodb/dynamo-store';
import { inspectTable } from './adapters/dynamodb/inspect-table';
import { Ec2Adapter } from './adapters/ec2/ec2-adapter';
import { makeEc2Client } from './adapters/ec2/ec2-client';
import { PreflightAdapter } from './adapters/ec2/preflight';
import { makeQuotasClient } from './adapters/ec2/quotas';
import { ratesAt, RequestLimits } from './adapters/ec2/request-limits';
import { makeKubernetesAdapter } from './adapters/kubernetes/kubernetes-adapter';
import { makeKubernetesEvents } from './adapters/kubernetes/kubernetes-events';
import { serverVersion } from './adapters/kubernetes/server-version';
import { makeRequestRates } from './adapters/prometheus/request-rates';
import { randomIds } from './adapters/random-ids';
import { makeRedisClient } from './adapters/redis/client';
import { RedisAdapter } from './adapters/redis/redis-adapter';
import { monotonicClock, systemClock } from './adapters/system-clock';
import type { ClusterPorts } from './assembly/cluster-unit';
import { Service } from './assembly/service';
import { ConfigError, configPath, loadConfig, secretsOf, type ClusterConfig, type ServiceConfig } from './config';
import { isLoopback } from './config/loopback';
import { makeApp } from './http/app';
import { startServer } from './http/server';
import type { RedisPort } from './ports';
import { preflightAll } from './preflight/preflight-all';
import { exitCodeOf, jsonReport, textReport } from './preflight/report';
import { makeLogger, type Logger } from './telemetry/logger';
import { standardOutput, type StandardOutput } from './telemetry/standard-output';
import { makeTelemetry } from './telemetry/telemetry';
import { version } from './version';

const HELP = `smartscale webhook ${version}

  node dist/webhook/main.js --config FILE           runs the service
  node dist/webhook/main.js check --config FILE     says what would not work, changes nothing, and ends

  --config FILE   the configuration (else the environment variable SMARTSCALE_CONFIG);
                  webhook/smartscale.example.yaml shows one, docs/configuration.md explains every key
  --json          of check: findings as JSON
  --help          this text

check ends with 0 when all is well, perhaps with warnings, with 1 when there are problems, and with 2 when the
configuration cannot be used; docs/preflight.md explains every finding.
`;

/** For the last lines of the log, whose reader may be gone. Milliseconds. */
const LAST_WORDS = 5000;

const NO_TLS = 'set listen.tls.certFile and listen.tls.keyFile: tokens cross the network in the clear';

/** An emulator asks for credentials and does not look at them; AWS never sees these. */
const EMULATOR_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

function credentialsFor(config: ServiceConfig, endpoint: string | undefined) {
  return config.mode === 'local' && endpoint !== undefined ? { credentials: EMULATOR_CREDENTIALS } : {};
}

/** One of each region: what EC2 grants an account there is for all clusters together. */
function limitsByRegion({ clusters, timeScale }: ServiceConfig): ReadonlyMap<string, RequestLimits> {
  const regions = Object.values(clusters).map(({ ec2 }) => ec2.region);
  return new Map(regions.map((region) => [region, new RequestLimits(monotonicClock, ratesAt(timeScale))]));
}

function clusterPorts(
  config: ServiceConfig,
  cluster: ClusterConfig,
  limits: RequestLimits | undefined,
): Required<Omit<ClusterPorts, 'kubernetesEvents'>> {
  const { alertmanager, kubernetes, ec2, pools } = cluster;
  const { region, endpoint, quotasEndpoint = endpoint } = ec2;
  const clientOf = (address: string | undefined) => ({
    region,
    ...(address === undefined ? {} : { endpoint: address }),
    ...credentialsFor(config, address),
  });
  const ec2Client = makeEc2Client({ ...clientOf(endpoint), ...(limits ? { limits } : {}) });
  return {
    alertmanager: makeAlertmanagerAdapter(alertmanager),
    kubernetes: makeKubernetesAdapter(kubernetes),
    ec2: new Ec2Adapter(ec2Client),
    preflight: new PreflightAdapter(ec2Client, makeQuotasClient(clientOf(quotasEndpoint))),
    requestRates: makeRequestRates(
      Object.fromEntries(
        Object.entries(pools).flatMap(([pool, { requestRate }]) => (requestRate ? [[pool, requestRate]] : [])),
      ),
    ),
  };
}

function portsOf(config: ServiceConfig) {
  const { region, endpoint, table } = config.store;
  const dynamo = makeDynamoClient({ region, ...(endpoint ? { endpoint } : {}), ...credentialsFor(config, endpoint) });
  const redis = redisOf(config);
  const limits = limitsByRegion(config);
  const portsOfCluster = (it: ClusterConfig) => clusterPorts(config, it, limits.get(it.ec2.region));
  return {
    store: new DynamoStore(dynamo, table),
    inspectStore: () => inspectTable(dynamo, { name: table, region, ...(endpoint ? { endpoint } : {}) }),
    clusters: new Map(Object.entries(config.clusters).map(([name, it]) => [name, portsOfCluster(it)])),
    ...(redis ? { redis } : {}),
  };
}

function redisOf({ redis, replica }: ServiceConfig): RedisPort | null {
  if (!redis) return null;
  // One listens, and may then do nothing else.
  const [commands, events] = [
    makeRedisClient({ ...redis, name: replica }),
    makeRedisClient({ ...redis, name: replica }),
  ];
  return new RedisAdapter({ commands, events }, { keyPrefix: redis.keyPrefix, now: () => performance.now() });
}

/** Resolves with the exit code. */
async function check(args: readonly string[]): Promise<0 | 1> {
  const config = loadConfig(configPath(args));
  const { clusters, redis, ...store } = portsOf(config);
  const asked = Object.entries(config.clusters).flatMap(([name, { pools, kubernetes }]) => {
    const ports = clusters.get(name);
    return ports ? [[name, { ...ports, pools, serverVersion: () => serverVersion(kubernetes) }] as const] : [];
  });
  const findings = await preflightAll(new Map(asked), { ...store, ...(redis ? { redis } : {}) });
  await redis?.close();
  const count = asked.reduce((sum, [, { pools }]) => sum + Object.keys(pools).length, 0);
  const checked = `${count} pool${count === 1 ? '' : 's'} of ${[...clusters.keys()].join(', ')}`;
  process.stdout.write(args.includes('--json') ? jsonReport(findings) : textReport(findings, checked));
  return exitCodeOf(findings);
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const [command = ''] = args;
  if (command === 'check') {
    process.exitCode = await check(args.slice(1));
    return;
  }
  if (/^[^-]/.test(command)) throw new ConfigError('command line', [`there is no command ${command}: see --help`]);
  await serve(args);
}

function withEvents(
  config: ServiceConfig,
  clusters: ReadonlyMap<string, ClusterPorts>,
  log: Logger,
): ReadonlyMap<string, ClusterPorts> {
  return new Map(
    Object.entries(config.clusters).flatMap(([name, { kubernetes }]) => {
      const ports = clusters.get(name);
      return ports ? [[name, { ...ports, kubernetesEvents: makeKubernetesEvents(kubernetes, log) }] as const] : [];
    }),
  );
}

async function serve(args: readonly string[]): Promise<void> {
  const config = loadConfig(configPath(args));
  const output = standardOutput();
  const log = makeLogger({ level: config.log, secrets: () => secretsOf(config), destination: output });
  const ids = randomIds(systemClock);
  const ports = portsOf(config);
  const { clusters, redis } = ports;
  const service = new Service({
    config,
    ports: { ...ports, clusters: withEvents(config, clusters, log), clock: systemClock, ids },
    telemetry: makeTelemetry(log, { version, clock: systemClock }),
    owner: `${config.replica}/${ids.next()}`,
    version,
  });
  const server = await startServer(makeApp(service.http), config.listen, {
    renewed: () => log.info({ certFile: config.listen.tls?.certFile }, 'renewed the certificate'),
    refused: (error) => log.error({ err: error }, 'kept the old certificate'),
  });
  if (!config.listen.tls && !isLoopback(config.listen.host)) {
    log.warn({ host: config.listen.host, advice: NO_TLS }, 'listening beyond loopback without TLS');
  }
  service.start();
  log.info({ url: server.url, mode: config.mode, clusters: [...clusters.keys()], host: hostname() }, 'listening');

  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping');
    // A call to AWS may take longer than whoever stops us is willing to wait; what is open goes on after the next start.
    const inTime = Promise.race([
      Promise.all([service.stop(), redis?.close()]).then(() => true),
      systemClock.sleep(config.shutdownGrace).then(() => false),
    ]);
    Promise.all([inTime, server.close(config.shutdownGrace)])
      .then(([clean]) => log.info({ clean }, 'stopped'))
      .catch((error: unknown) => log.error({ err: error }, 'could not stop cleanly'))
      .finally(() => void leave(output));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

async function leave(output: StandardOutput): Promise<void> {
  await Promise.race([output.end(), systemClock.sleep(LAST_WORDS)]);
  process.exit();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  // A mistake of the operator is answered with what to do; a stack would only hide it.
  const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  // Of check, 1 says that the configuration was good enough to find problems with.
  process.exitCode = process.argv[2] === 'check' ? 2 : 1;
});
