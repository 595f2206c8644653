import { PricingClient } from '@aws-sdk/client-pricing';
import nock from 'nock';
import { refresh } from '../../../webhook/adapters/pricing/refresh';
import type { OnDemandTable } from '../../../webhook/cost/on-demand-table';

const HOME = 'https://api.pricing.us-east-1.amazonaws.com';

const TABLE: OnDemandTable = {
  about: 'prices',
  regions: {
    'us-east-1': { asOf: '2026-01-19', source: 'somewhere', prices: { 'm6i.large': 0.096, 't3.micro': 0.0104 } },
    'eu-central-1': { asOf: null, source: 'somewhere', prices: { 'm6i.large': 0.1 } },
  },
};

/** An entry as the price list writes it, less what nobody reads. */
function product(instanceType: string, usd: string, unit = 'Hrs', publicationDate = '2026-11-20T20:00:00Z'): string {
  const dimension = { unit, beginRange: '0', endRange: 'Inf', pricePerUnit: { USD: usd } };
  return JSON.stringify({
    product: { productFamily: 'Compute Instance', attributes: { instanceType, operatingSystem: 'Linux' }, sku: 'S' },
    serviceCode: 'AmazonEC2',
    terms: { OnDemand: { 'S.JRTCKXETXF': { priceDimensions: { 'S.JRTCKXETXF.6YS6EN2CT7': dimension } } } },
    version: '20261120',
    publicationDate,
  });
}

let asked: Record<string, unknown>[] = [];
let client: PricingClient;

beforeEach(() => {
  asked = [];
  nock.disableNetConnect();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new PricingClient({ region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterEach(() => {
  client.destroy();
  nock.cleanAll();
  nock.enableNetConnect();
});
// It stands in front of every request of this process, also of the test files that come after this one.
afterAll(() => nock.restore());

function willAnswer(...pages: readonly { PriceList?: readonly string[]; NextToken?: string }[]): void {
  for (const page of pages) {
    nock(HOME)
      .post('/', (body: Record<string, unknown>) => asked.push(body) > 0)
      .matchHeader('x-amz-target', 'AWSPriceListService.GetProducts')
      .reply(200, { FormatVersion: 'aws_v1', ...page }, { 'content-type': 'application/x-amz-json-1.1' });
  }
}

test('a region is read page by page, the families of the table and no others; other regions stay', async () => {
  willAnswer(
    { PriceList: [product('m6i.xlarge', '0.2300000000'), product('m6i.large', '0.1150000000')], NextToken: 'two' },
    { PriceList: [product('p5.48xlarge', '98.32'), product('t3.micro', '0.012', 'Hrs', '2026-11-21T20:00:00Z')] },
  );
  const written = await refresh(TABLE, { regions: ['eu-central-1'], all: false }, client);
  expect(written.regions).toEqual({
    'eu-central-1': {
      asOf: '2026-11-21',
      source: 'AWS Price List API, GetProducts',
      prices: { 'm6i.large': 0.115, 'm6i.xlarge': 0.23, 't3.micro': 0.012 },
    },
    'us-east-1': TABLE.regions['us-east-1'],
  });
  expect(Object.keys(written.regions)).toEqual(['eu-central-1', 'us-east-1']);
  expect(asked.map(({ NextToken }) => NextToken)).toEqual([undefined, 'two']);
});

test('asks for Linux on shared machines on demand, of that region', async () => {
  willAnswer({ PriceList: [product('m6i.large', '0.115')] });
  await refresh(TABLE, { regions: ['eu-central-1'], all: false }, client);
  const filters = asked[0]?.['Filters'] as readonly { Field: string; Value: string }[];
  expect(asked[0]).toMatchObject({ ServiceCode: 'AmazonEC2' });
  expect(Object.fromEntries(filters.map(({ Field, Value }) => [Field, Value]))).toEqual({
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
    marketoption: 'OnDemand',
    regionCode: 'eu-central-1',
  });
});

test('with --all every type is taken, and without regions those of the table', async () => {
  willAnswer({ PriceList: [product('p5.48xlarge', '98.32')] }, { PriceList: [product('p5.48xlarge', '110.5')] });
  const { regions } = await refresh(TABLE, { regions: [], all: true }, client);
  expect(Object.values(regions).map(({ prices }) => prices)).toEqual([
    { 'p5.48xlarge': 110.5 },
    { 'p5.48xlarge': 98.32 },
  ]);
});

test('what is given away or not sold by the hour is no price', async () => {
  willAnswer({
    PriceList: [product('m6i.large', '0.115'), product('m6i.xlarge', '0.0000000000'), product('m6i.metal', '5', 'Qty')],
  });
  const { regions } = await refresh(TABLE, { regions: ['eu-central-1'], all: false }, client);
  expect(regions['eu-central-1']?.prices).toEqual({ 'm6i.large': 0.115 });
});

test.each([
  ['a region that has no price', { PriceList: [] }, /nothing for the region eu-central-9/],
  ['an answer that is not the price list', {}, /was not the price list/],
  ['an entry of another shape', { PriceList: ['{"terms":{}}'] }, /product/],
])('%s is an error, not an empty table', async (_what, page, message) => {
  willAnswer(page);
  await expect(refresh(TABLE, { regions: ['eu-central-9'], all: false }, client)).rejects.toThrow(message);
});

test('what AWS refuses is told as it is', async () => {
  nock(HOME).post('/').reply(400, { __type: 'AccessDeniedException', Message: 'not authorized: pricing:GetProducts' });
  await expect(refresh(TABLE, { regions: [], all: false }, client)).rejects.toThrow(/pricing:GetProducts/);
});
