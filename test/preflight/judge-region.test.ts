import { PREFLIGHT, type PreflightCode } from '../../webhook/preflight/judgement/codes';
import { judgeRegion, type ClusterFacts } from '../../webhook/preflight/judgement/judge-region';
import type { TemplateVersion } from '../../webhook/model/region';
import { GIB } from '../support/builders';
import {
  aType,
  clusterOf,
  faultOf,
  known,
  offeredEverywhere,
  SUBNETS,
  TEMPLATE,
  unknown,
  type Case,
} from './sound-facts';

const [A, B] = SUBNETS as [(typeof SUBNETS)[number], (typeof SUBNETS)[number]];
const POOL = 'clusters.shop.pools.workers';

/** Codes with the key and the words of each. */
function judged(facts: ClusterFacts): readonly (readonly [string, string, string])[] {
  return judgeRegion(facts).map(({ code, key, what }) => [code, key, what]);
}

function template(changes: Partial<TemplateVersion>): Case {
  return { facts: { template: known({ ...TEMPLATE, ...changes }) } };
}

const tries = (kind: 'forbidden' | 'no-spot-role' | 'refused', code: Parameters<typeof faultOf>[0]) => [
  { action: 'CreateFleet', answer: known({ kind, fault: faultOf(code) } as const) },
  { action: 'RunInstances', answer: known({ kind: 'allowed' } as const) },
];

const FEW = { instanceTypes: ['m6a.large', 'm6i.large'] };

/** What is wrong with one pool, and all that is said of it. */
const ROWS: readonly (readonly [PreflightCode, Case, string, RegExp])[] = [
  ['template-missing', { facts: { template: known('no-template') } }, 'launch.template.id', /lt-0abc does not exist/],
  ['template-version-missing', { facts: { template: known('no-version') } }, 'launch.template.version', /no version 7/],
  ['template-without-image', template({ imageId: null }), 'launch.template', /version 7 of lt-0abc names no image/],
  ['template-fixes-spot', template({ hasMarketOptions: true }), 'launch.template', /InstanceMarketOptions/],
  ['template-user-data-too-large', template({ userDataBytes: 16_385 }), 'launch.template', /16385 bytes.* 16384/],
  ['template-answers-imdsv1', template({ tokensRequired: false }), 'launch.template', /IMDSv2/],
  ['template-metadata-reaches-pods', template({ hopLimit: 2 }), 'launch.template', /hop limit of 2/],
  ['template-metadata-reaches-pods', template({ hopLimit: null }), 'launch.template', /says no hop limit/],
  ['template-without-profile', template({ instanceProfile: null }), 'launch.template', /no instance profile/],
  ['template-stops-instead-of-terminates', template({ onShutdown: 'stop' }), 'launch.template', /stops instances/],
  ['template-volume-not-encrypted', template({ volumes: 'unencrypted' }), 'launch.template', /is not encrypted/],
  ['template-volume-not-encrypted', template({ volumes: 'not-said' }), 'launch.template', /does not say/],
  ['image-missing', { facts: { architecture: known(null) } }, 'launch.template', /image ami-1 .* is unknown/],
  ['subnet-missing', { facts: { subnets: known([A]) } }, 'launch.subnets.1.id', /subnet-b does not exist/],
  [
    'subnet-not-available',
    { facts: { subnets: known([A, { ...B, state: 'pending' }]) } },
    'launch.subnets.1',
    /subnet-b is pending/,
  ],
  [
    'subnet-in-another-zone',
    { facts: { subnets: known([A, { ...B, zone: 'eu-central-1c' }]) } },
    'launch.subnets.1.zone',
    /subnet-b is in eu-central-1c, not in eu-central-1b/,
  ],
  [
    'subnets-of-several-networks',
    { facts: { subnets: known([A, { ...B, vpc: 'vpc-2' }]) } },
    'launch.subnets',
    /vpc-1 and vpc-2/,
  ],
  [
    'addresses-below-max',
    {
      facts: {
        subnets: known([
          { ...A, freeAddresses: 2 },
          { ...B, freeAddresses: 1 },
        ]),
        alive: known(6),
      },
    },
    'launch.subnets',
    /3 free addresses for 4 more nodes \(max 10, 6 there\)/,
  ],
  [
    'addresses-below-min',
    { policy: { min: 4 }, facts: { subnets: known(SUBNETS.map((it) => ({ ...it, freeAddresses: 1 }))) } },
    'launch.subnets',
    /2 free addresses for 4 more nodes \(min 4, 0 there\)/,
  ],
  [
    'subnet-full',
    { facts: { subnets: known([A, { ...B, freeAddresses: 0 }]) } },
    'launch.subnets',
    /subnet-b in eu-central-1b has no free address/,
  ],
  [
    'type-missing',
    { launch: FEW, facts: { types: known([aType('m6a.large')]) } },
    'launch.instanceTypes',
    /m6i\.large/,
  ],
  [
    'type-offered-nowhere',
    { launch: FEW, facts: { offerings: known(offeredEverywhere(['m6a.large'])) } },
    'launch.instanceTypes',
    /m6i\.large is not offered in eu-central-1a, eu-central-1b/,
  ],
  [
    'type-not-offered-in-zone',
    { launch: FEW, facts: { offerings: known(offeredEverywhere(FEW.instanceTypes).slice(0, 3)) } },
    'launch.instanceTypes',
    /m6i\.large is not offered in eu-central-1b/,
  ],
  [
    'zone-without-types',
    { launch: FEW, facts: { offerings: known(FEW.instanceTypes.map((type) => ({ type, zone: A.zone }))) } },
    'launch.instanceTypes',
    /eu-central-1b offers none of m6a\.large, m6i\.large/,
  ],
  [
    'type-of-another-architecture',
    { launch: FEW, facts: { types: known([aType('m6a.large'), aType('m6i.large', { architectures: ['arm64'] })]) } },
    'launch.instanceTypes',
    /m6i\.large is arm64, image ami-1 is x86_64/,
  ],
  [
    'type-too-small',
    { launch: FEW, facts: { types: known([aType('m6a.large'), aType('m6i.large', { vcpus: 1 })]) } },
    'launch.instanceTypes',
    /m6i\.large has 1 vCPUs, a node of the pool offers 2/,
  ],
  [
    'type-too-small',
    { launch: FEW, facts: { types: known([aType('m6a.large', { memory: 2 * GIB }), aType('m6i.large')]) } },
    'launch.instanceTypes',
    /m6a\.large has 2 GiB of memory, a node of the pool offers 4 GiB/,
  ],
  [
    'type-without-capacity',
    { launch: FEW, facts: { types: known([aType('m6a.large'), aType('m6i.large', { capacityTypes: ['spot'] })]) } },
    'launch.instanceTypes',
    /m6i\.large is not sold as on-demand/,
  ],
  ['spot-few-types', { launch: { ...FEW, capacity: 'spot' } }, 'launch.instanceTypes', /2 types for spot/],
  [
    'spot-few-zones',
    { launch: { capacity: 'spot', subnets: [{ id: A.id, zone: A.zone }] } },
    'launch.subnets',
    /1 zone for spot/,
  ],
  ['launch-forbidden', { facts: { tries: tries('forbidden', 'ec2-unauthorized') } }, 'launch', /CreateFleet: because/],
  ['spot-role-missing', { facts: { tries: tries('no-spot-role', 'ec2-unauthorized') } }, 'launch.capacity', /because/],
  ['launch-refused', { facts: { tries: tries('refused', 'ec2-bad-configuration') } }, 'launch', /because/],
  ['launch-short', { facts: { tries: tries('refused', 'ec2-quota') } }, 'launch', /because/],
  [
    'quota-below-max',
    { facts: { quotas: known({ 'on-demand': 19, spot: 0 }) } },
    'max',
    /max 10 times 2 vCPUs are 20, the on-demand quota L-1216C47A is 19/,
  ],
  [
    'quota-below-min',
    { launch: { capacity: 'spot' }, facts: { quotas: known({ 'on-demand': 20, spot: 3 }) } },
    'min',
    /min 2 times 2 vCPUs are 4, the spot quota L-34B43A08 is 3/,
  ],
  [
    'quota-below-base',
    { launch: { capacity: 'spot', onDemandBase: 4 }, facts: { quotas: known({ 'on-demand': 7, spot: 12 }) } },
    'launch.onDemandBase',
    /^onDemandBase 4 times 2 vCPUs are 8, the on-demand quota L-1216C47A is 7$/,
  ],
  [
    'quota-below-fallback',
    { launch: { capacity: 'spot', onDemandBase: 4 }, facts: { quotas: known({ 'on-demand': 19, spot: 12 }) } },
    'launch.spotFallback',
    /^while there is no spot, max 10 times 2 vCPUs are 20, the on-demand quota L-1216C47A is 19$/,
  ],
];

test('of a pool that is sound nothing is said', () => {
  expect(judgeRegion(clusterOf([{}]))).toEqual([]);
  expect(judgeRegion(clusterOf([{ launch: { capacity: 'spot' } }]))).toEqual([]);
});

test.each(ROWS)('%s: once, at its key, with what to do', (code, row, key, words) => {
  const found = judgeRegion(clusterOf([row]));
  expect(found).toEqual([
    {
      code,
      severity: PREFLIGHT[code].severity,
      cluster: 'shop',
      pool: 'workers',
      key: `${POOL}.${key}`,
      what: expect.stringMatching(words) as string,
      advice: PREFLIGHT[code].advice,
    },
  ]);
});

test('two subnets of one zone are named together, beside the wrong zone that hid it', () => {
  const found = judged(clusterOf([{ facts: { subnets: known([A, { ...B, zone: A.zone }]) } }]));
  expect(found.map(([code]) => code)).toEqual(['subnet-in-another-zone', 'subnets-share-zone']);
  expect(found[1]?.[2]).toBe('subnet-a and subnet-b are all in eu-central-1a');
});

test('every problem of every pool is there at once', () => {
  const bad: Case = { pool: 'batch', launch: FEW, facts: { template: known('no-version'), subnets: known([A]) } };
  const found = judgeRegion(clusterOf([{ facts: { template: known('no-template') } }, bad]));
  expect(found.map(({ pool, code }) => [pool, code])).toEqual([
    ['workers', 'template-missing'],
    ['batch', 'template-version-missing'],
    ['batch', 'subnet-missing'],
  ]);
});

test('types that are told apart by the image alone, and by each other where the image is looked up at launch', () => {
  const types = known([aType('m6a.large', { architectures: ['arm64'] }), aType('m6i.large')]);
  const byImage = judged(clusterOf([{ launch: FEW, facts: { types } }]));
  expect(byImage).toEqual([[expect.any(String), expect.any(String), 'm6a.large is arm64, image ami-1 is x86_64']]);
  const resolved = { template: known({ ...TEMPLATE, imageId: 'resolve:ssm:/k3s/ami' }), architecture: known(null) };
  const byEachOther = judged(clusterOf([{ launch: FEW, facts: { ...resolved, types } }]));
  expect(byEachOther.map(([code, , what]) => [code, what])).toEqual([
    ['type-of-another-architecture', 'm6i.large is x86_64, m6a.large is arm64'],
  ]);
});

describe('quotas', () => {
  it('are counted by the largest type, and only for the standard families', () => {
    const instanceTypes = ['m6a.large', 'im4gn.4xlarge', 'g5.48xlarge', 'inf2.48xlarge', 'u-6tb1.metal'];
    const vcpus = [2, 16, 192, 192, 448];
    const types = known(instanceTypes.map((name, at) => aType(name, { vcpus: vcpus[at] ?? 0 })));
    const facts = { types, quotas: known({ 'on-demand': 159, spot: 0 }) };
    expect(judged(clusterOf([{ launch: { instanceTypes }, facts }])).map(([, , what]) => what)).toEqual([
      'max 10 times 16 vCPUs are 160, the on-demand quota L-1216C47A is 159',
    ]);
    const onlyOthers = { launch: { instanceTypes: instanceTypes.slice(2) }, facts };
    expect(judged(clusterOf([onlyOthers]))).toEqual([]);
  });

  it('are held against what of a spot pool is spot, less what is on demand whatever spot costs', () => {
    const launch = { capacity: 'spot', onDemandBase: 4, spotFallback: 'none' } as const;
    const found = (spot: number, min = 2) =>
      judged(clusterOf([{ launch, policy: { min }, facts: { quotas: known({ 'on-demand': 8, spot }) } }]));
    expect(found(12)).toEqual([]);
    expect(found(11).map(([code, , what]) => [code, what])).toEqual([
      ['quota-below-max', 'max 10 less onDemandBase: 6 times 2 vCPUs are 12, the spot quota L-34B43A08 is 11'],
    ]);
    expect(found(3, 6).map(([code, , what]) => [code, what])).toEqual([
      ['quota-below-min', 'min 6 less onDemandBase: 2 times 2 vCPUs are 4, the spot quota L-34B43A08 is 3'],
    ]);
    expect(found(1, 4).map(([code]) => code)).toEqual(['quota-below-max']);
  });

  it('of what a pool does without are not looked at: no fallback, no on-demand vCPUs', () => {
    const launch = { capacity: 'spot', spotFallback: 'none' } as const;
    expect(judged(clusterOf([{ launch, facts: { quotas: known({ 'on-demand': 0, spot: 20 }) } }]))).toEqual([]);
  });

  it('may be enough for each pool and not for all, with the bases of spot pools, or while there is no spot', () => {
    const spot = { capacity: 'spot', onDemandBase: 5 } as const;
    const found = (onDemand: number, launch: Case['launch'] = spot) => {
      const facts = { quotas: known({ 'on-demand': onDemand, spot: 1000 }) };
      return judged(clusterOf([{ facts }, { pool: 'spot', launch: { ...launch }, facts }])).map(([, , what]) => what);
    };
    const quota = 'the quota L-1216C47A is';
    expect(found(29)).toEqual([
      `all pools at max need 30 on-demand vCPUs (10 of them onDemandBase of spot pools), ${quota} 29`,
    ]);
    expect(found(39)).toEqual([`while there is no spot, all pools at max need 40 on-demand vCPUs, ${quota} 39`]);
    expect(found(40)).toEqual([]);
    expect(found(30, { ...spot, spotFallback: 'none' })).toEqual([]);
  });

  it('may be enough for each pool, and not for all; spot and on demand have one each', () => {
    const facts = { quotas: known({ 'on-demand': 30, spot: 20 }) };
    const pools: readonly Case[] = [
      { facts },
      { pool: 'batch', facts },
      { pool: 'spot', launch: { capacity: 'spot' }, facts },
    ];
    expect(judged(clusterOf(pools))).toEqual([
      [
        'quota-below-all-pools',
        'clusters.shop.pools',
        'all pools at max need 40 on-demand vCPUs, the quota L-1216C47A is 30',
      ],
    ]);
  });
});

describe('what nobody knows', () => {
  const unanswered = (pool: string | null, permission: string, code: Parameters<typeof faultOf>[0]) => [
    { pool, about: 'the subnets', permission, fault: faultOf(code) },
  ];

  it('is neither right nor wrong: what EC2 does not say is not judged', () => {
    const facts = {
      template: unknown('ec2-unauthorized'),
      architecture: known(null),
      subnets: unknown('ec2-unauthorized'),
      offerings: unknown('ec2-unauthorized'),
      types: unknown('ec2-unauthorized'),
      quotas: unknown('ec2-unauthorized'),
      alive: unknown('ec2-unauthorized'),
      tries: [{ action: 'CreateFleet', answer: unknown('ec2-throttled') }],
    };
    expect(judgeRegion(clusterOf([{ facts }], { terminate: null }))).toEqual([]);
  });

  it('is said with the permission that it needs, and is no problem', () => {
    const [found] = judgeRegion(
      clusterOf([{}], { unanswered: unanswered(null, 'ec2:DescribeSubnets', 'ec2-unauthorized') }),
    );
    expect(found).toMatchObject({ code: 'not-checked', severity: 'unknown', pool: null, key: 'clusters.shop.ec2' });
    expect(found?.what).toBe('the subnets, which needs ec2:DescribeSubnets: because');
    const [late] = judgeRegion(
      clusterOf([{}], { unanswered: unanswered('workers', 'ec2:DescribeSubnets', 'ec2-throttled') }),
    );
    expect(late).toMatchObject({ code: 'not-checked', key: `${POOL}.launch`, what: 'the subnets: because' });
  });

  it('is a problem where the service cannot do without it', () => {
    const cannotSee = unanswered(null, 'ec2:DescribeInstances', 'ec2-unauthorized');
    expect(judgeRegion(clusterOf([{}], { unanswered: cannotSee }))).toMatchObject([{ code: 'observe-forbidden' }]);
    const terminate = known({ kind: 'forbidden', fault: faultOf('ec2-unauthorized') } as const);
    expect(judgeRegion(clusterOf([{}], { terminate }))).toMatchObject([
      { code: 'terminate-forbidden', severity: 'problem', what: 'TerminateInstances: because' },
    ]);
  });

  it('is one problem, not twenty, when EC2 does not answer; Service Quotas is somebody else', () => {
    const all = ['ec2:DescribeSubnets', 'ec2:DescribeInstanceTypes', 'servicequotas:GetServiceQuota'].flatMap(
      (permission) => unanswered(null, permission, 'ec2-unreachable'),
    );
    expect(judgeRegion(clusterOf([{}], { unanswered: all })).map(({ code }) => code)).toEqual([
      'ec2-unreachable',
      'not-checked',
    ]);
  });
});
