/** What EC2 says about one cluster: everything that its pools share in one call, one call at a time. */
import { TAGS } from '../model/names';
import { isAlive, type Instance } from '../model/observation';
import type { PoolPolicy } from '../model/pool';
import type { TemplateAnswer } from '../model/region';
import type { Ec2Port, FleetRequest, PreflightPort } from '../ports';
import type { Answer, PoolFacts, RegionFacts } from './judgement/facts';
import { knownOr } from './judgement/facts';
import type { CheckedPool } from './judgement/finding';
import type { ClusterFacts } from './judgement/judge-region';
import { namesImage } from './judgement/template-findings';
import { Questions } from './questions';

export interface RegionPorts {
  readonly ec2: Pick<Ec2Port, 'listInstances' | 'notices'>;
  readonly preflight: PreflightPort;
}

export async function gatherFacts(
  cluster: string,
  policies: Readonly<Record<string, PoolPolicy>>,
  ports: RegionPorts,
): Promise<ClusterFacts> {
  const questions = new Questions();
  const pools = Object.entries(policies).map(([pool, policy]) => ({ cluster, pool, policy }));
  const instances = await askInstances(questions, cluster, ports.ec2);
  const region = await askRegion(questions, pools, ports.preflight);
  const about: { pool: CheckedPool; facts: PoolFacts }[] = [];
  for (const pool of pools)
    about.push({ pool, facts: await askPool(questions, pool, { ...ports, instances, region }) });
  const [any] = knownOr(instances, []).filter(isAlive);
  return {
    cluster,
    pools: about.map(({ pool, facts }) => ({ ...pool, facts })),
    region,
    terminate: any ? await tryTerminate(questions, any.id, ports.preflight) : null,
    unanswered: questions.unanswered,
  };
}

async function askInstances(
  questions: Questions,
  cluster: string,
  ec2: RegionPorts['ec2'],
): Promise<Answer<readonly Instance[]>> {
  const asked = { pool: null, about: 'the instances of the cluster', permission: 'ec2:DescribeInstances' };
  const instances = await questions.ask(asked, () => ec2.listInstances(cluster));
  const ids = knownOr(instances, [])
    .filter(isAlive)
    .slice(0, 1)
    .map(({ id }) => id);
  const notices = { pool: null, about: 'interruptions and events', permission: 'ec2:DescribeInstanceStatus' };
  if (ids.length > 0) await questions.ask(notices, () => ec2.notices(ids));
  return instances;
}

async function askRegion(
  questions: Questions,
  pools: readonly CheckedPool[],
  port: PreflightPort,
): Promise<RegionFacts> {
  const launches = pools.map(({ policy }) => policy.launch);
  const subnetIds = launches.flatMap(({ subnets }) => subnets.map(({ id }) => id));
  const types = launches.flatMap(({ instanceTypes }) => instanceTypes);
  const ask = <T>(about: string, permission: string, call: () => Promise<T>) =>
    questions.ask({ pool: null, about, permission }, call);
  return {
    subnets: await ask('the subnets', 'ec2:DescribeSubnets', () => port.subnets(subnetIds)),
    offerings: await ask('offerings by zone', 'ec2:DescribeInstanceTypeOfferings', () => port.offerings(types)),
    types: await ask('instance types', 'ec2:DescribeInstanceTypes', () => port.instanceTypes(types)),
    quotas: await ask('quotas', 'servicequotas:GetServiceQuota', () => port.quotas()),
  };
}

interface Surroundings {
  readonly preflight: PreflightPort;
  readonly instances: Answer<readonly Instance[]>;
  readonly region: RegionFacts;
}

async function askPool(
  questions: Questions,
  pool: CheckedPool,
  { preflight, instances, region }: Surroundings,
): Promise<PoolFacts> {
  const { launch } = pool.policy;
  const ask = <T>(about: string, permission: string, call: () => Promise<T>) =>
    questions.ask({ pool: pool.pool, about, permission }, call);
  const template = await ask('the launch template', 'ec2:DescribeLaunchTemplateVersions', () =>
    preflight.templateVersion(launch.template),
  );
  const image = imageOf(template);
  const architecture: PoolFacts['architecture'] = namesImage(image)
    ? await ask(
        'the image',
        'ec2:DescribeImages',
        async () => (await preflight.architectures([image])).get(image) ?? null,
      )
    : { known: true, value: null };
  const request = launchToTry(pool, region);
  const exists = !template.known || typeof template.value === 'object';
  return {
    ...region,
    template,
    architecture,
    alive: instances.known
      ? { known: true, value: instances.value.filter((it) => isAlive(it) && it.tags[TAGS.pool] === pool.pool).length }
      : instances,
    // What is not there was found already; a launch of it would only say so again.
    tries: exists && request ? await tryLaunches(questions, pool.pool, { preflight, request }) : [],
  };
}

function imageOf(template: Answer<TemplateAnswer>): string | null {
  return template.known && typeof template.value === 'object' ? template.value.imageId : null;
}

async function tryLaunches(
  questions: Questions,
  pool: string,
  { preflight, request }: { readonly preflight: PreflightPort; readonly request: FleetRequest },
): Promise<PoolFacts['tries']> {
  const asked = (action: string) => ({ pool, about: `a dry run of ${action}`, permission: `ec2:${action}` });
  const fleet = await questions.ask(asked('CreateFleet'), () => preflight.tryFleet(request));
  const instance = await questions.ask(asked('RunInstances'), () => preflight.tryInstance(request));
  return [
    { action: 'CreateFleet', answer: fleet },
    { action: 'RunInstances', answer: instance },
  ];
}

/** One instance as the pool would launch it, in places that exist as far as anybody knows; null when there are none. */
function launchToTry({ cluster, pool, policy }: CheckedPool, region: RegionFacts): FleetRequest | null {
  const { template, subnets, instanceTypes, capacity } = policy.launch;
  const isThere = ({ id, zone }: { readonly id: string; readonly zone: string }) =>
    !region.subnets.known || region.subnets.value.some((it) => it.id === id && it.zone === zone);
  const isOffered = (type: string, zone: string) =>
    !region.offerings.known || region.offerings.value.some((it) => it.type === type && it.zone === zone);
  const overrides = instanceTypes.flatMap((instanceType) =>
    subnets
      .filter((subnet) => isThere(subnet) && isOffered(instanceType, subnet.zone))
      .map(({ id, zone }) => ({ instanceType, subnetId: id, zone })),
  );
  if (overrides.length === 0) return null;
  const tags = {
    Name: `${cluster}-${pool}`,
    [TAGS.cluster]: cluster,
    [TAGS.pool]: pool,
    [TAGS.operation]: 'preflight',
    [TAGS.attempt]: 'preflight.1',
  };
  return { template, overrides, count: 1, capacity, tags };
}

function tryTerminate(
  questions: Questions,
  id: string,
  preflight: PreflightPort,
): Promise<ClusterFacts['terminate'] & object> {
  const asked = { pool: null, about: 'a dry run of TerminateInstances', permission: 'ec2:TerminateInstances' };
  return questions.ask(asked, () => preflight.tryTerminate(id));
}
