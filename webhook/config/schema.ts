/** The configuration file, key by key. Unknown keys are errors; secrets are named, never written down. */
import { z } from 'zod';
import {
  bytes,
  cores,
  dollars,
  dollarsByType,
  duration,
  durationOrNone,
  endOfDay,
  list,
  named,
  oneOf,
  optionalDuration,
  redisUrl,
  section,
  text,
  textLike,
  texts,
  timeOfDay,
  timeZone,
  url,
  whole,
  yesOrNo,
} from './fields';
import { DAYS, REMOVAL_POLICIES } from '../model/pool';
import { crossChecks } from './cross-checks';
import { withJoinSteps } from './join-steps';
import { secret, type Environment } from './secrets';

export const taint = section({
  key: text(),
  value: text().exactOptional(),
  effect: oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

const node = section({
  allocatable: section({ cpu: cores, memory: bytes, pods: whole(1, 1000).prefault(110) }),
  labels: texts.prefault({}),
  taints: list(taint, 20, 0).prefault([]),
});

const subnet = section({
  id: textLike(/^subnet-[0-9a-z]+$/, 'must be the id of a subnet, subnet-...'),
  zone: textLike(/^[a-z]+(-[a-z0-9]+)*-\d+[a-z]$/, 'must be the name of a zone such as eu-central-1a'),
});

const launch = section({
  template: section({
    id: textLike(/^lt-[0-9a-z]+$/, 'must be the id of a launch template, lt-...'),
    version: textLike(/^[1-9]\d*$/, 'must be the number of a version in quotes, never $Latest or $Default'),
  }),
  subnets: list(subnet, 20),
  instanceTypes: list(textLike(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be an instance type such as m6i.large'), 60),
  capacity: oneOf(['spot', 'on-demand']).prefault('on-demand'),
  spotFallback: oneOf(['on-demand', 'none']).prefault('on-demand'),
  onDemandBase: whole(0, 1000).prefault(0),
  returnToSpot: section({ every: durationOrNone('10m') }).prefault({}),
  balance: oneOf(['zones', 'none']).prefault('zones'),
});

/** How an HTTP API of the cluster's monitoring is asked. */
const access = {
  authorization: section({ scheme: oneOf(['Bearer', 'Basic']), file: text() }).exactOptional(),
  caFile: text().exactOptional(),
};

const blockedWindow = section({
  days: list(oneOf(DAYS), DAYS.length).prefault([...DAYS]),
  from: timeOfDay,
  to: endOfDay,
  timeZone: timeZone.prefault('UTC'),
});

const pool = section({
  min: whole(0, 1000).prefault(2),
  max: whole(1, 1000).prefault(10),
  step: whole(1, 1000).prefault(1),
  maxNodesPerDecision: whole(1, 10).prefault(10),
  maxConcurrentDrains: whole(1, 100).prefault(1),
  maxSurge: whole(0, 100).prefault(1),
  budget: section({ perHour: dollars.exactOptional(), perMonth: dollars.exactOptional() }).exactOptional(),
  staticFleet: whole(0, 1000).exactOptional(),
  dryRun: yesOrNo.prefault(false),
  node,
  launch,
  cooldown: section({
    up: durationOrNone('300s'),
    down: durationOrNone('600s'),
    backoffFirst: duration('30s'),
    backoffMax: duration('30m'),
    topUp: durationOrNone('30s'),
  }).prefault({}),
  circuit: section({ opensAfter: whole(1, 100).prefault(3), openFor: duration('5m') }).prefault({}),
  unavailable: section({ first: duration('3m'), max: duration('30m') }).prefault({}),
  deadline: section({
    confirm: duration('5m'),
    join: duration('10m'),
    running: optionalDuration(),
    registered: optionalDuration(),
    ready: optionalDuration(),
    cordon: duration('2m'),
    drain: duration('15m'),
  })
    .transform(withJoinSteps)
    .prefault({}),
  settle: durationOrNone('5s'),
  drain: section({
    maxGrace: duration('600s'),
    force: yesOrNo.prefault(false),
    backoffFirst: duration('3m'),
    backoffMax: duration('30m'),
  }).prefault({}),
  requestRate: section({ prometheus: url, query: text(), ...access }).exactOptional(),
  removal: section({
    policy: oneOf(REMOVAL_POLICIES).prefault('emptiest'),
    minNodeAge: durationOrNone('5m'),
    minPerZone: whole(0, 1000).prefault(0),
    evictionRound: duration('60s'),
    blockedWindows: list(blockedWindow, 20, 0).prefault([]),
  }).prefault({}),
});

const alertmanager = section({ urls: list(url, 10), ...access });

const KUBERNETES = 'must give either server (with caFile, tokenFile) or kubeconfig';

const kubernetes = section({
  server: url.exactOptional(),
  caFile: text().exactOptional(),
  tokenFile: text().exactOptional(),
  kubeconfig: text().exactOptional(),
}).transform(({ server, kubeconfig, ...files }, context) => {
  if (server !== undefined && kubeconfig === undefined) return { server, ...files };
  if (kubeconfig !== undefined && server === undefined && Object.keys(files).length === 0) return { kubeconfig };
  context.addIssue({ code: 'custom', message: KUBERNETES });
  return z.NEVER;
});

const region = textLike(/^[a-z]+(-[a-z]+)+-\d+$/, 'must be the name of a region such as eu-central-1');

const timings = section({
  evaluationInterval: duration('15s'),
  runnerInterval: duration('1s'),
  observationMaxAge: duration('5s'),
  observationGap: duration('15s'),
  graceAfterGap: duration('120s'),
  confirmGone: duration('60s'),
  heardFor: duration('220s'),
  watchdogFresh: duration('3m'),
  didNotHelpAfter: duration('1m'),
  orphanGrace: duration('5m'),
  costInterval: duration('5m'),
});

const prices = section({ onDemand: dollarsByType.prefault({}), spot: dollarsByType.prefault({}) });

/** Secrets are looked up in `environment`, or in files, while the file is checked: a missing one is a mistake like others. */
export function makeSchema(environment: Environment) {
  const tokens = list(secret(environment), 2, 0).prefault([]);
  return section({
    mode: oneOf(['local', 'production']).prefault('production'),
    listen: section({
      host: text().prefault('127.0.0.1'),
      port: whole(0, 65_535).prefault(8787),
      tls: section({ certFile: text(), keyFile: text() }).exactOptional(),
    }).prefault({}),
    replica: textLike(
      /^[\w.-]{1,64}$/,
      'must be a name of at most 64 letters, digits, dots and dashes',
    ).exactOptional(),
    hostNode: text('must be the name of a node').exactOptional(),
    timeScale: z.number(TIME_SCALE).min(1, TIME_SCALE).max(1000, TIME_SCALE).prefault(1),
    log: oneOf(['debug', 'info', 'warn', 'error', 'silent']).prefault('info'),
    store: section({
      table: textLike(/^[a-zA-Z0-9_.-]{3,255}$/, 'must be the name of a table: 3 to 255 letters, digits, _ . -'),
      region,
      endpoint: url.exactOptional(),
    }),
    ownerLease: duration('30s'),
    shutdownGrace: durationOrNone('10s'),
    redis: section({
      url: redisUrl,
      password: secret(environment).exactOptional(),
      caFile: text().exactOptional(),
      keyPrefix: textLike(/^[\w.:-]{1,64}$/, 'must be at most 64 letters, digits, _ . : -').prefault('smartscale'),
    }).exactOptional(),
    timings: timings.prefault({}),
    clusters: named(
      section({
        tokens,
        operatorTokens: tokens,
        alertmanager,
        kubernetes,
        ec2: section({ region, endpoint: url.exactOptional(), quotasEndpoint: url.exactOptional() }),
        prices: prices.prefault({}),
        pools: named(pool),
      }),
    ),
  }).superRefine(
    (file, context) => {
      for (const { path, message } of crossChecks(file)) context.addIssue({ code: 'custom', path: [...path], message });
    },
    // Also when single keys are wrong: all mistakes are listed at once.
    { when: () => true },
  );
}

const TIME_SCALE = 'must be a number from 1 to 1000';

/** The file as read: complete, durations in milliseconds as written, secrets as readers. */
export type ConfigFile = z.output<ReturnType<typeof makeSchema>>;
