import fc from 'fast-check';
import { ConfigurationError, parseConfiguration } from '../../stacks/configuration';
import { mutated } from './support/hostile';
import { tries } from './support/tries';
import { render } from './support/tree';

const FULL = {
  cluster: 'main',
  region: 'eu-central-1',
  zones: ['eu-central-1a', 'eu-central-1b'],
  network: {
    cidr: '10.40.0.0/16',
    privateSubnets: ['10.40.0.0/20', '10.40.16.0/20'],
    publicSubnets: ['10.40.32.0/20', '10.40.48.0/20'],
    nat: 'nat-instance',
    flowLogs: true,
  },
  server: { instanceType: 't4g.medium', architecture: 'arm64', image: 'ami-0123456789abcdef0' },
  k3s: { version: 'v1.35.0+k3s1', sha256: { x86_64: 'a'.repeat(64), arm64: 'b'.repeat(64) } },
  pools: {
    workers: { min: 0, max: 4, instanceTypes: ['m6i.large'], policy: { settle: '5s', launch: { onDemandBase: 1 } } },
    batch: { architecture: 'arm64', instanceTypes: ['m7g.large', 'c7g.large'], capacity: 'spot' },
  },
  logs: { retentionDays: 7 },
  alarms: { email: 'ops@example.com' },
  backend: { s3: { bucket: 'state-of-shop', key: 'a/b.tfstate', region: 'eu-west-1' } },
  tags: { team: 'shop floor' },
};
const THEIRS = {
  ...FULL,
  zones: undefined,
  network: { existing: { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'] } },
};

const trees = mutated(fc.constantFrom<unknown>(FULL, JSON.parse(JSON.stringify(THEIRS))));

test('a configuration of the stacks of any structure is taken, or refused with where and what', () => {
  const seen = { taken: 0, refused: 0 };
  const property = fc.property(trees, (tree) => {
    let smartscale: unknown;
    try {
      smartscale = JSON.parse(render(tree));
    } catch {
      return;
    }
    try {
      const configuration = parseConfiguration({ context: { smartscale } }, 'cdktf.json');
      // Terraform would take it for an expression of its own.
      expect(JSON.stringify(configuration)).not.toMatch(/[$%]\{/);
      seen.taken += 1;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      seen.refused += 1;
      expect(error.mistakes.length).toBeGreaterThan(0);
      for (const mistake of error.mistakes) expect(mistake).toMatch(/^context\.smartscale[.:]/);
    }
  });
  fc.assert(property, tries(150));
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(20);
});
