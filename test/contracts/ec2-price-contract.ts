/** What Ec2Port promises of spot prices. */
import type { Ec2Settings } from '../../simulator/ec2/settings';
import { aRequest, type Ec2Harness, type MakeEc2Harness } from './ec2-contract';

const HOUR = 3_600_000;
const [A, B] = ['m6i.large', 'm6a.large'] as const;

export function ec2PriceContract(name: string, makeHarness: MakeEc2Harness): void {
  describe(`spot prices of the EC2 port on ${name}`, () => {
    let harness: Ec2Harness;

    const begin = async (settings: Partial<Ec2Settings> = {}) => {
      harness = await makeHarness(settings);
    };
    beforeEach(() => begin());
    afterEach(() => harness.stop());

    const now = () => harness.cloud.now();
    const priceIn = async (zone: string) =>
      (await harness.port.spotPrices([A], now())).find((price) => price.zone === zone)?.dollarsPerHour;

    it('are those of every zone, of the types that were asked for, page by page', async () => {
      await harness.stop();
      await begin({ maxPageSize: 5 });
      const prices = await harness.port.spotPrices([A, B, 'x9.never'], now());
      const zones = harness.cloud.catalogue.subnets.map(({ zone }) => zone);
      expect(prices.map(({ type, zone }) => `${type} ${zone}`).sort()).toEqual(
        [A, B].flatMap((type) => zones.map((zone) => `${type} ${zone}`)).sort(),
      );
      const spotPriceOf = (type: string) => harness.cloud.catalogue.instanceType(type).price.spot;
      expect(prices.every(({ type, dollarsPerHour }) => dollarsPerHour === spotPriceOf(type))).toBe(true);
      expect(await harness.port.spotPrices([], now())).toEqual([]);
    });

    it('are the newest, and those by which fleets are given', async () => {
      const [first, second] = harness.cloud.catalogue.subnets.map(({ zone }) => zone);
      if (first === undefined || second === undefined) throw new Error('a region of one zone');
      harness.advance(1000);
      harness.cloud.setSpotPrice(A, first, 0.07);
      harness.advance(HOUR);
      harness.cloud.setSpotPrice(A, first, 0.09);
      expect(await priceIn(first)).toBe(0.09);
      expect(await priceIn(second)).toBe(0.044);
      const earlier = await harness.port.spotPrices([A], now() - 1000);
      expect(earlier.find(({ zone }) => zone === first)).toMatchObject({ dollarsPerHour: 0.09, since: now() });
      const overrides = harness.cloud.catalogue.subnets.map(({ id, zone }) => ({
        instanceType: A,
        subnetId: id,
        zone,
      }));
      await harness.port.createFleet({ ...aRequest(harness, { capacity: 'spot' }), overrides }, 'dearer');
      harness.cloud.setSpotPrice(A, first, 0.01);
      await harness.port.createFleet({ ...aRequest(harness, { capacity: 'spot' }), overrides }, 'cheaper');
      expect(harness.cloud.instances.map(({ zone }) => zone)).toEqual([second, first]);
    });
  });
}
