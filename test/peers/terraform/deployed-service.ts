import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { makeDynamoClient } from '../../../webhook/adapters/dynamodb/client';
import { DynamoStore } from '../../../webhook/adapters/dynamodb/dynamo-store';
import { inspectTable } from '../../../webhook/adapters/dynamodb/inspect-table';
import { Ec2Adapter } from '../../../webhook/adapters/ec2/ec2-adapter';
import { makeEc2Client } from '../../../webhook/adapters/ec2/ec2-client';
import { PreflightAdapter } from '../../../webhook/adapters/ec2/preflight';
import { makeQuotasClient } from '../../../webhook/adapters/ec2/quotas';
import { randomIds } from '../../../webhook/adapters/random-ids';
import { systemClock } from '../../../webhook/adapters/system-clock';
import { Service } from '../../../webhook/assembly/service';
import { parseConfig } from '../../../webhook/config';
import { makeTelemetry } from '../../../webhook/telemetry/telemetry';
import { FakeAlertmanager } from '../../fakes/fake-alertmanager';
import { FakeKubernetes } from '../../fakes/fake-kubernetes';
import { silentLog } from '../../support/world';

export interface Place {
  readonly endpoint: string;
  readonly region: string;
}

/** Everything below a path, by what follows it. */
export async function parametersBelow(path: string, { endpoint, region }: Place): Promise<ReadonlyMap<string, string>> {
  const ssm = new SSMClient(clientOf({ endpoint, region }));
  const { Parameters = [] } = await ssm.send(new GetParametersByPathCommand({ Path: path, Recursive: true }));
  ssm.destroy();
  return new Map(Parameters.map(({ Name = '', Value = '' }) => [Name.slice(path.length + 1), Value]));
}

/** The webhook with nothing but what a deployment wrote down, on the AWS that it was deployed to. */
export async function deployedService(cluster: string, place: Place) {
  const parameters = await parametersBelow(`/smartscale/${cluster}/config`, place);
  const { table, region } = JSON.parse(parameters.get('cluster') ?? '') as { table: string; region: string };
  const pools = [...parameters].filter(([name]) => name.startsWith('pools/'));
  const file = {
    mode: 'local',
    store: { table, region },
    timings: { evaluationInterval: '500ms', runnerInterval: '100ms' },
    clusters: {
      [cluster]: {
        alertmanager: { urls: ['http://127.0.0.1:9093'] },
        kubernetes: { server: 'http://127.0.0.1:6443' },
        ec2: { region },
        pools: Object.fromEntries(pools.map(([name, it]) => [name.slice('pools/'.length), JSON.parse(it) as unknown])),
      },
    },
  };
  const config = parseConfig(JSON.stringify(file), 'parameters', {});
  const client = makeEc2Client({ ...clientOf(place), maxAttempts: 1 });
  const ports = {
    alertmanager: new FakeAlertmanager(() => Date.now()),
    kubernetes: new FakeKubernetes(),
    ec2: new Ec2Adapter(client),
    preflight: new PreflightAdapter(client, makeQuotasClient(clientOf(place))),
  };
  const dynamo = makeDynamoClient(clientOf(place));
  const store = new DynamoStore(dynamo, table);
  const ids = randomIds(systemClock);
  const service = new Service({
    config,
    ports: {
      store,
      inspectStore: () => inspectTable(dynamo, { name: table, ...place }),
      clusters: new Map([[cluster, ports]]),
      clock: systemClock,
      ids,
    },
    telemetry: makeTelemetry(silentLog, { version: 'test', clock: systemClock }),
    owner: 'deployed',
    version: 'test',
  });
  return { config, client, store, dynamo, table, service, ...ports };
}

function clientOf({ endpoint, region }: Place) {
  return { endpoint, region, credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' } };
}
