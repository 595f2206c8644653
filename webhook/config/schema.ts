/** The configuration file as zod sees it. Unknown keys are errors; secrets are named, never written down. */
import { z } from 'zod';
import { duration } from './duration';
import { bytes } from './quantity';

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'use lower case letters, digits and dashes');
const texts = z.record(z.string(), z.string());
const whole = (min: number) => z.number().int().min(min);

const secret = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  'name where the secret is: {env: NAME} or {file: /path}; never write it here',
);

const taint = z.strictObject({
  key: z.string().min(1),
  value: z.string().exactOptional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

const nodeShape = z.strictObject({
  allocatable: z.strictObject({ cpu: z.number().positive(), memory: bytes(), pods: whole(1).default(110) }),
  labels: texts.default({}),
  taints: z.array(taint).default([]),
});

const launch = z.strictObject({
  template: z.strictObject({
    id: z.string().regex(/^lt-[0-9a-z]+$/, 'a launch template id begins with lt-'),
    version: z.string().regex(/^\d+$/, 'give the number of the version as text, not $Latest or $Default'),
  }),
  subnets: z
    .array(
      z.strictObject({
        id: z.string().regex(/^subnet-[0-9a-z]+$/, 'a subnet id begins with subnet-'),
        zone: z.string().min(1),
      }),
    )
    .min(1)
    .refine(
      (subnets) => new Set(subnets.map(({ zone }) => zone)).size === subnets.length,
      'one subnet a zone: a fleet cannot use two',
    ),
  instanceTypes: z.array(z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'such as m6i.large')).min(1),
  capacity: z.enum(['spot', 'on-demand']).default('on-demand'),
});

const cooldown = z.strictObject({
  up: duration('300s'),
  down: duration('600s'),
  backoffFirst: duration('30s'),
  backoffMax: duration('30m'),
  topUp: duration('30s'),
});

const deadline = z.strictObject({
  confirm: duration('5m'),
  join: duration('10m'),
  cordon: duration('2m'),
  drain: duration('15m'),
});

const pool = z
  .strictObject({
    min: whole(0).default(2),
    max: whole(1).default(10),
    step: whole(1).default(1),
    maxNodesPerDecision: whole(1).default(10),
    maxConcurrentDrains: whole(1).default(1),
    dryRun: z.boolean().default(false),
    node: nodeShape,
    launch,
    cooldown: cooldown.prefault({}),
    deadline: deadline.prefault({}),
    settle: duration('5s'),
  })
  .refine(({ min, max }) => max >= min, { message: 'max must not be below min', path: ['max'] });

const url = z.url({ protocol: /^https?$/, error: 'an address such as http://127.0.0.1:9093' });

const alertmanager = z.strictObject({
  urls: z.array(url).min(1),
  authorization: z.strictObject({ scheme: z.enum(['Bearer', 'Basic']), file: z.string().min(1) }).exactOptional(),
  caFile: z.string().exactOptional(),
});

const kubernetes = z.union(
  [
    z.strictObject({ server: url, caFile: z.string().exactOptional(), tokenFile: z.string().exactOptional() }),
    z.strictObject({ kubeconfig: z.string().min(1) }),
  ],
  'give {server, caFile, tokenFile} or {kubeconfig}',
);

const cluster = z.strictObject({
  tokens: z.array(secret).max(2, 'two tokens are enough to rotate').default([]),
  operatorTokens: z.array(secret).max(2, 'two tokens are enough to rotate').default([]),
  alertmanager,
  kubernetes,
  ec2: z.strictObject({ region: z.string().min(1), endpoint: url.exactOptional() }),
  pools: z.record(name, pool).refine((pools) => Object.keys(pools).length > 0, 'configure at least one pool'),
});

const timings = z.strictObject({
  evaluationInterval: duration('15s'),
  runnerInterval: duration('1s'),
  observationMaxAge: duration('5s'),
  observationGap: duration('15s'),
  graceAfterGap: duration('120s'),
  confirmGone: duration('60s'),
  heardFor: duration('160s'),
  watchdogFresh: duration('3m'),
  didNotHelpAfter: duration('1m'),
  orphanGrace: duration('5m'),
});

export const schema = z.strictObject({
  mode: z.enum(['local', 'production']).default('production'),
  listen: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: z.number().int().min(0).max(65_535).default(8787) })
    .prefault({}),
  replica: z.string().min(1).max(64).exactOptional(),
  timeScale: z.number().min(1).default(1),
  log: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  store: z.strictObject({
    table: z.string().min(3).max(255),
    region: z.string().min(1),
    endpoint: url.exactOptional(),
  }),
  ownerLease: duration('30s'),
  shutdownGrace: duration('10s'),
  timings: timings.prefault({}),
  clusters: z
    .record(name, cluster)
    .refine((clusters) => Object.keys(clusters).length > 0, 'configure at least one cluster'),
});

export type ConfigFile = z.output<typeof schema>;
