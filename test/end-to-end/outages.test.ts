import { readiness } from './support/asked';
import { always, eventually } from './support/eventually';
import { OPENING, Scene } from './support/scene';
import { PODS_A_NODE } from './support/shop';

interface Outage {
  readonly of: string;
  /** As /readyz names it. */
  readonly part: string;
  readonly code: string;
  readonly status: 200 | 503;
  readonly begin: (scene: Scene) => void | Promise<void>;
  readonly end: (scene: Scene) => void | Promise<void>;
}

const OUTAGES: readonly Outage[] = [
  {
    of: 'EC2',
    part: 'ec2',
    code: 'ec2-unreachable',
    status: 200,
    begin: ({ world }) => world.cloud.gate.setUnreachable(true),
    end: ({ world }) => world.cloud.gate.setUnreachable(false),
  },
  {
    of: 'K3s',
    part: 'kubernetes',
    code: 'kubernetes-unreachable',
    status: 200,
    begin: ({ stage }) => void (stage.simulator.kubernetesApi.gate.unreachable = true),
    end: ({ stage }) => void (stage.simulator.kubernetesApi.gate.unreachable = false),
  },
  {
    of: 'the store',
    part: 'store',
    code: 'store-unreachable',
    status: 503,
    begin: ({ stage }) => stage.dynamo.setUnreachable(true),
    end: ({ stage }) => stage.dynamo.setUnreachable(false),
  },
  {
    of: 'Alertmanager',
    part: 'alertmanager',
    code: 'alertmanager-unreachable',
    status: 200,
    begin: ({ stage }) => stage.monitoring.alertmanager.stop(),
    end: ({ stage }) => stage.monitoring.alertmanager.start(),
  },
];

describe('while load rises', () => {
  let scene: Scene;
  let nodes = 1;

  beforeAll(async () => {
    scene = await Scene.open({ pool: { min: 1 }, shop: { pods: PODS_A_NODE } });
  }, OPENING);

  afterAll(() => scene.close());

  // One that failed must not be the next one's trouble.
  afterEach(async () => {
    for (const { end } of OUTAGES) await end(scene);
  });

  it.each(OUTAGES)(
    'without $of: says so and what to do, launches nothing twice, goes on by itself',
    async ({ part, code, status, begin, end }) => {
      const told = scene.webhook.lines.length;
      await begin(scene);
      scene.shopHas((nodes + 1) * PODS_A_NODE);
      await eventually(`readiness that names ${part}`, async () => {
        const { code: answered, degraded } = await readiness(scene);
        expect(degraded).toContainEqual(
          expect.objectContaining({ part, code, advice: expect.stringMatching(/.{20}/) as string }),
        );
        return answered === status;
      });
      const line = await eventually('a line of the log that says what to do', () =>
        scene.webhook.lines.slice(told).find(({ msg, part: of }) => msg === 'out of order' && of === part),
      );
      expect(line).toMatchObject({ level: 'warn', fault: { code }, advice: expect.stringMatching(/.{20}/) as string });
      await always(scene.policySeconds(90), () => expect(scene.launched).toHaveLength(nodes));

      await end(scene);
      nodes += 1;
      await scene.comesToRestWith(nodes);
      expect(scene.launched).toHaveLength(nodes);
      expect(scene.launchRounds()).toHaveLength(nodes);
      await eventually('readiness without a word', async () => (await readiness(scene)).status === 'ready');
      expect(scene.webhook.lines.slice(told)).toContainEqual(expect.objectContaining({ msg: 'in order again', part }));
      expect(scene.webhook.running).toBe(true);
    },
    120_000,
  );
});
