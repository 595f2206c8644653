import { faultOf, type Fault } from '../errors';
import type { AlertmanagerPort, KubernetesPort, RedisPort, StoreInspection, StorePort } from '../ports';
import type { Finding } from './judgement/finding';
import {
  alertmanagerFindings,
  kubernetesFinding,
  redisFinding,
  storeFinding,
  uncheckedStore,
  uncheckedVersion,
  versionFindings,
} from './judgement/peer-findings';

export interface ClusterPeers {
  readonly alertmanager: AlertmanagerPort;
  readonly kubernetes: Pick<KubernetesPort, 'listNodes' | 'listPods'>;
  /** Such as `v1.31.4+k3s1`. Rejects with SmartScaleError. Absent: nobody can tell. */
  readonly serverVersion?: () => Promise<string>;
}

/** Whether those answer that a cluster needs besides EC2, in the way in which the service will ask them. Never rejects. */
export async function preflightPeers(
  cluster: string,
  { alertmanager, kubernetes, serverVersion }: ClusterPeers,
): Promise<readonly Finding[]> {
  const [answers, fault] = await Promise.all([alertmanager.read(), kubernetesFault(kubernetes)]);
  return [
    ...(fault ? [kubernetesFinding(cluster, fault)] : await versionOf(cluster, serverVersion)),
    ...alertmanagerFindings(
      cluster,
      answers.map((answer) => (answer.ok ? null : answer.fault)),
    ),
  ];
}

/** Everybody may ask for it, unless somebody has forbidden it. */
async function versionOf(cluster: string, ask: ClusterPeers['serverVersion']): Promise<readonly Finding[]> {
  try {
    return ask ? versionFindings(cluster, await ask()) : [];
  } catch (error) {
    return [uncheckedVersion(cluster, faultOf(error).message)];
  }
}

async function kubernetesFault(kubernetes: ClusterPeers['kubernetes']): Promise<Fault | null> {
  try {
    await kubernetes.listNodes();
    await kubernetes.listPods();
    return null;
  } catch (error) {
    return faultOf(error);
  }
}

export interface SharedPeers {
  readonly store: Pick<StorePort, 'ping'>;
  readonly inspectStore?: () => Promise<StoreInspection>;
  readonly redis?: Pick<RedisPort, 'check' | 'fault'>;
}

/** Whoever all clusters share. Never rejects. */
export async function preflightShared({ store, inspectStore, redis }: SharedPeers): Promise<readonly Finding[]> {
  const asked = await Promise.all([storeFindings(store, inspectStore), redis ? redisFindings(redis) : []]);
  return asked.flat();
}

async function storeFindings(
  store: SharedPeers['store'],
  inspect: SharedPeers['inspectStore'],
): Promise<readonly Finding[]> {
  try {
    await store.ping();
  } catch (error) {
    return [storeFinding(faultOf(error))];
  }
  try {
    const { faults, unknown } = inspect ? await inspect() : { faults: [], unknown: [] };
    return [...faults.map(storeFinding), ...unknown.map(uncheckedStore)];
  } catch (error) {
    return [uncheckedStore(faultOf(error).message)];
  }
}

async function redisFindings(redis: NonNullable<SharedPeers['redis']>): Promise<readonly Finding[]> {
  if ((await redis.check()) !== 'error') return [];
  return [redisFinding(redis.fault ?? { message: 'Redis did not answer' })];
}
