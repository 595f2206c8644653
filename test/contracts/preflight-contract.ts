/** What PreflightPort promises, told to anything that claims to be one. */
import type { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import type { LaunchTemplate, TemplateDetails } from '../../simulator/ec2/ec2-types';
import { dryRunOf } from '../../simulator/ec2/request-gate';
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID, type Ec2Settings } from '../../simulator/ec2/settings';
import type { PreflightPort } from '../../webhook/ports';
import { aRequest } from './ec2-contract';

export interface PreflightHarness {
  readonly port: PreflightPort;
  readonly cloud: Ec2Cloud;
  stop(): Promise<void>;
}

export type MakePreflightHarness = (settings: Partial<Ec2Settings>) => Promise<PreflightHarness>;

const UNKNOWN = { template: 'lt-0123456789abcdef0', subnet: 'subnet-0123456789abcdef0', type: 'z9.mega' };
const INSTANCE = 'i-0123456789abcdef0';

export function preflightContract(name: string, makeHarness: MakePreflightHarness): void {
  describe(`the preflight port on ${name}`, () => {
    let harness: PreflightHarness;
    let port: PreflightPort;

    const begin = async (settings: Partial<Ec2Settings> = {}) => {
      harness = await makeHarness(settings);
      port = harness.port;
    };
    afterEach(() => harness.stop());

    /** The template as version 1 says it. */
    async function template(details: TemplateDetails | undefined, userData?: string) {
      const version = {
        number: 1,
        imageId: 'ami-1',
        createdAt: 0,
        ...(details && { details }),
        ...(userData && { userData }),
      };
      const launchTemplates: readonly LaunchTemplate[] = [
        { id: DEFAULT_TEMPLATE_ID, name: 'workers', defaultVersion: 1, versions: [version] },
      ];
      await begin({ launchTemplates });
      return port.templateVersion({ id: DEFAULT_TEMPLATE_ID, version: '1' });
    }

    describe('of a launch template', () => {
      it('says what matters for workers', async () => {
        await begin();
        expect(await port.templateVersion({ id: DEFAULT_TEMPLATE_ID, version: '1' })).toEqual({
          imageId: DEFAULT_SETTINGS.images[0]?.id,
          tokensRequired: true,
          hopLimit: 1,
          instanceProfile: 'smartscale-worker',
          hasMarketOptions: false,
          onShutdown: 'terminate',
          userDataBytes: 0,
          volumes: 'encrypted',
        });
      });

      it('says what is wrong with it, and takes what it does not say as EC2 does', async () => {
        const userData = Buffer.alloc(20_000, 'x').toString('base64');
        const details = { httpTokens: 'optional', hopLimit: 2, marketType: 'spot', encrypted: false } as const;
        expect(await template(details, userData)).toEqual({
          imageId: 'ami-1',
          tokensRequired: false,
          hopLimit: 2,
          instanceProfile: null,
          hasMarketOptions: true,
          onShutdown: 'stop',
          userDataBytes: 20_000,
          volumes: 'unencrypted',
        });
        await harness.stop();
        expect(await template({})).toMatchObject({ tokensRequired: false, hopLimit: null, volumes: 'not-said' });
      });

      it('tells a template that is not there from a version that is not there', async () => {
        await begin();
        expect(await port.templateVersion({ id: UNKNOWN.template, version: '1' })).toBe('no-template');
        expect(await port.templateVersion({ id: DEFAULT_TEMPLATE_ID, version: '17' })).toBe('no-version');
      });
    });

    describe('of images, subnets and types', () => {
      const [first, second] = DEFAULT_SETTINGS.subnets;

      it('leaves out what EC2 does not know, and says the rest', async () => {
        await begin();
        const image = DEFAULT_SETTINGS.images[0]?.id ?? '';
        expect(await port.architectures([image, 'ami-0123456789abcdef0'])).toEqual(new Map([[image, 'x86_64']]));
        const subnets = await port.subnets([first?.id ?? '', UNKNOWN.subnet]);
        const { id, zone, vpcId } = first ?? {};
        expect(subnets).toEqual([{ id, zone, vpc: vpcId, state: 'available', freeAddresses: 4091 }]);
        const types = await port.instanceTypes(['m6i.xlarge', UNKNOWN.type]);
        expect(types).toEqual([
          {
            name: 'm6i.xlarge',
            vcpus: 4,
            memory: 16 * 1024 ** 3,
            architectures: ['x86_64'],
            capacityTypes: ['on-demand', 'spot'],
          },
        ]);
      });

      it('counts free addresses down as instances take them, and names a state that takes none', async () => {
        await begin({
          subnets: DEFAULT_SETTINGS.subnets.map((it, index) => ({
            ...it,
            ...(index === 0 ? { cidr: '10.1.0.0/28' } : { state: 'pending' as const }),
          })),
        });
        harness.cloud.runInstances({
          imageId: 'ami-1',
          instanceType: 'm6i.large',
          subnetId: first?.id ?? '',
          minCount: 8,
          maxCount: 8,
          capacityType: 'on-demand',
          tags: {},
        });
        const subnets = await port.subnets([first?.id ?? '', second?.id ?? '']);
        expect(subnets.map(({ state, freeAddresses }) => [state, freeAddresses])).toEqual([
          ['available', 3],
          ['pending', 4091],
        ]);
      });

      it('knows in which zones a type is offered', async () => {
        const zones = [first?.zone ?? ''];
        const instanceTypes = DEFAULT_SETTINGS.instanceTypes.map((it) => (it.arch === 'arm64' ? { ...it, zones } : it));
        await begin({ instanceTypes });
        const offered = await port.offerings(['m6g.large', UNKNOWN.type]);
        expect(offered).toEqual([{ type: 'm6g.large', zone: first?.zone }]);
        expect((await port.offerings(['m6i.large'])).map(({ zone }) => zone).toSorted()).toEqual(
          DEFAULT_SETTINGS.subnets.map(({ zone }) => zone),
        );
      });

      it('asks for hundreds, and for none', async () => {
        await begin();
        const many = Array.from({ length: 450 }, (_, index) => `subnet-${index}`);
        expect((await port.subnets([...many, first?.id ?? ''])).map(({ id }) => id)).toEqual([first?.id]);
        expect(await port.subnets([])).toEqual([]);
        expect(await port.instanceTypes([])).toEqual([]);
        expect(await port.architectures([])).toEqual(new Map());
      });
    });

    describe('of permissions', () => {
      const tries = () => [
        ['CreateFleet', () => port.tryFleet(aRequest(harness))] as const,
        ['RunInstances', () => port.tryInstance(aRequest(harness, { capacity: 'spot' }))] as const,
        ['TerminateInstances', () => port.tryTerminate(INSTANCE)] as const,
      ];

      it('is allowed what the role may, and changes nothing', async () => {
        await begin();
        for (const [, ask] of tries()) expect(await ask()).toEqual({ kind: 'allowed' });
        expect(harness.cloud.instances).toEqual([]);
        expect(harness.cloud.gate.requests.map(({ action }) => action)).toEqual(tries().map(([it]) => dryRunOf(it)));
      });

      it('is forbidden what it may not', async () => {
        await begin();
        for (const [action, ask] of tries()) {
          harness.cloud.gate.deny(action);
          expect(await ask()).toMatchObject({ kind: 'forbidden', fault: { code: 'ec2-unauthorized' } });
        }
      });

      it('tells the missing service-linked role of spot from a missing permission', async () => {
        await begin();
        harness.cloud.gate.failNext(dryRunOf('CreateFleet'), 'AuthFailure.ServiceLinkedRoleCreationNotPermitted');
        expect(await port.tryFleet(aRequest(harness))).toMatchObject({ kind: 'no-spot-role' });
      });

      it('says what else is in the way, and rejects when nobody knows', async () => {
        await begin();
        harness.cloud.gate.failNext(dryRunOf('RunInstances'), 'InvalidGroup.NotFound');
        expect(await port.tryInstance(aRequest(harness))).toMatchObject({
          kind: 'refused',
          fault: { code: 'ec2-bad-configuration', retryable: false },
        });
        harness.cloud.gate.failNext(dryRunOf('RunInstances'), 'RequestLimitExceeded');
        await expect(port.tryInstance(aRequest(harness))).rejects.toMatchObject({ code: 'ec2-throttled' });
      });
    });

    describe('of quotas', () => {
      it('knows the vCPUs of each capacity type', async () => {
        await begin();
        harness.cloud.setQuota('spot', 32);
        expect(await port.quotas()).toEqual({ 'on-demand': 1_000_000, spot: 32 });
      });
    });

    describe('in trouble', () => {
      const questions = {
        DescribeLaunchTemplateVersions: () => port.templateVersion({ id: DEFAULT_TEMPLATE_ID, version: '1' }),
        DescribeImages: () => port.architectures(['ami-1']),
        DescribeSubnets: () => port.subnets([UNKNOWN.subnet]),
        DescribeInstanceTypeOfferings: () => port.offerings(['m6i.large']),
        DescribeInstanceTypes: () => port.instanceTypes(['m6i.large']),
        GetServiceQuota: () => port.quotas(),
      };

      it.each(Object.entries(questions))('%s is refused, throttled or lost in our words', async (action, ask) => {
        await begin();
        harness.cloud.gate.deny(action);
        await expect(ask()).rejects.toMatchObject({ name: 'SmartScaleError', code: 'ec2-unauthorized' });
        harness.cloud.gate.deny(action, false);
        harness.cloud.gate.failNext(action, 'RequestLimitExceeded');
        await expect(ask()).rejects.toMatchObject({ name: 'SmartScaleError', code: 'ec2-throttled' });
        harness.cloud.gate.setUnreachable(true);
        await expect(ask()).rejects.toMatchObject({ name: 'SmartScaleError', code: 'ec2-unreachable' });
        harness.cloud.gate.setUnreachable(false);
        await ask();
      });
    });
  });
}
