/**
 * `npm run bench:launch`: how long an alert takes to become a CreateFleet, and a refused spot request to become one on
 * demand. Everything is real but EC2, K3s and DynamoDB; on the way to these and to Alertmanager every request waits. What
 * counts is the ratio to the sum of the waits on the path. Nothing is asserted; the numbers are in docs/launching.md.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID } from '../ec2/settings';
import { findBinaries } from '../monitoring/binaries';
import { openStage, type Stage } from '../stage/stage';
import { Wire, type Crossing } from '../stage/wire';
import { median } from './median';
import { pathTo } from './path-to';

const DELAY_MS = 20;
const ROUNDS = 7;
const NODES = 3;
const WITHIN_MS = 60_000;
const TYPES = ['m6i.large', 'm6a.large'];
const KINDS = ['on-demand', 'spot'] as const;
type Kind = (typeof KINDS)[number];

interface Span {
  readonly what: string;
  readonly ms: number;
  /** Requests that had to follow each other. */
  readonly path: readonly Crossing[];
}

async function main(): Promise<void> {
  const wire = new Wire(DELAY_MS);
  // The first round warms up. Each has a pool of its own, so that no cooldown is in the way.
  const rounds = Array.from({ length: ROUNDS + 1 }, (_, round) => round);
  const pools = rounds.flatMap((round) =>
    KINDS.map((kind) => [poolOf(kind, round), { min: 0, launch: launch(kind) }] as const),
  );
  const stage = await openStage({
    binaries: await findBinaries(),
    // As in production: a faster policy would look at an operation more often than once a second.
    timeScale: 1,
    pools: Object.fromEntries(pools),
    world: { ec2: { pendingMs: 500 }, joining: { joinDelayMs: { min: 500, max: 500 } } },
    wire,
  });
  try {
    exhaustSpot(stage);
    const spans: Span[] = [];
    for (const round of rounds) {
      const played = await playBoth(stage, wire, round);
      if (round > 0) spans.push(...played);
    }
    print(spans);
  } finally {
    await stage.stop();
  }
}

function poolOf(kind: Kind, round: number): string {
  return `${kind}-${round}`;
}

function launch(capacity: Kind): object {
  return {
    template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
    subnets: DEFAULT_SETTINGS.subnets.map(({ id, zone }) => ({ id, zone })),
    instanceTypes: TYPES,
    capacity,
  };
}

function exhaustSpot({ simulator }: Stage): void {
  for (const { zone } of DEFAULT_SETTINGS.subnets) {
    for (const type of TYPES) simulator.world.cloud.setCapacity({ capacityType: 'spot', type, zone }, 0);
  }
}

async function playBoth(stage: Stage, wire: Wire, round: number): Promise<readonly Span[]> {
  const onDemand = await play(stage, wire, { kind: 'on-demand', pool: poolOf('on-demand', round) });
  return [...onDemand, ...(await play(stage, wire, { kind: 'spot', pool: poolOf('spot', round) }))];
}

/** From an alert that begins to fire to nodes that have joined. */
async function play(stage: Stage, wire: Wire, { kind, pool }: { kind: Kind; pool: string }): Promise<readonly Span[]> {
  const from = wire.crossings.length;
  const now = () => wire.crossings.slice(from);
  await tellAlertmanager(stage, pool, true);
  const posted = await wire.until(() => now().find(({ to }) => to === 'webhook'), WITHIN_MS);
  const [first] = await wire.until(() => launches(now(), 1), WITHIN_MS);
  const spans = [{ what: `alert posted -> CreateFleet (${kind})`, ...between(now(), posted.sentAt, first) }];
  if (kind === 'spot') {
    // A call for each zone, all refused, and a call for each zone again.
    const calls = await wire.until(() => launches(now(), 2 * NODES), WITHIN_MS);
    const refusedAt = Math.max(...calls.slice(0, NODES).map(({ answeredAt }) => answeredAt ?? Infinity));
    const again = calls[NODES];
    spans.push({ what: 'spot refused -> CreateFleet on demand', ...between(now(), refusedAt, again) });
    spans.push({ what: 'alert posted -> CreateFleet on demand', ...between(now(), posted.sentAt, again) });
  }
  await closed(stage, pool);
  await tellAlertmanager(stage, pool, false);
  return spans;
}

function launches(crossings: readonly Crossing[], count: number): readonly Crossing[] | undefined {
  const sent = crossings.filter(({ what }) => what === 'CreateFleet');
  return sent.length >= count ? sent : undefined;
}

/** Until the request leaves: what it waits itself is not counted. */
function between(crossings: readonly Crossing[], from: number, sent: Crossing | undefined): Omit<Span, 'what'> {
  if (!sent) throw new Error('no CreateFleet was sent');
  const peers = crossings.filter(({ to }) => to !== 'webhook');
  return { ms: sent.sentAt - from, path: pathTo(peers, from, sent.sentAt) };
}

async function tellAlertmanager({ cluster, monitoring }: Stage, pool: string, firing: boolean): Promise<void> {
  const now = Date.now();
  const alert = {
    labels: { alertname: 'Bench', scale: 'up', pool, cluster },
    annotations: { nodes: String(NODES) },
    startsAt: new Date(now - 1000).toISOString(),
    endsAt: new Date(firing ? now + 600_000 : now).toISOString(),
  };
  const response = await fetch(`${monitoring.alertmanagerUrl}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([alert]),
  });
  if (!response.ok) throw new Error(`Alertmanager refused the alert: ${response.status}`);
}

/** The next one begins when nothing of this one is under way any more. */
async function closed({ cluster, store }: Stage, pool: string): Promise<void> {
  const giveUpAt = Date.now() + WITHIN_MS;
  while (Object.keys((await store.readPool({ cluster, pool })).operations).length > 0) {
    if (Date.now() > giveUpAt) throw new Error(`the scale-up of ${pool} did not end`);
    await sleep(200);
  }
}

function print(spans: readonly Span[]): void {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`${DELAY_MS} ms for every request to EC2, K3s, Alertmanager and DynamoDB; median of ${ROUNDS}`);
  say(`${'span'.padEnd(44)} ${'ms'.padStart(6)} ${'worst'.padStart(6)} ${'trips'.padStart(6)} ${'ratio'.padStart(6)}`);
  for (const what of new Set(spans.map((span) => span.what))) {
    const these = spans.filter((span) => span.what === what);
    const times = these.map(({ ms }) => ms);
    const ratio = median(these.map(({ ms, path }) => ms / (path.length * DELAY_MS)));
    const numbers = [median(times), Math.max(...times), median(these.map(({ path }) => path.length))].map(Math.round);
    const columns = [...numbers.map(String), ratio.toFixed(1)].map((column) => column.padStart(6));
    say(`${what.padEnd(44)} ${columns.join(' ')}`);
    say(`    ${these[0]?.path.map(({ to, what: call }) => `${to} ${call}`).join(', ')}`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
