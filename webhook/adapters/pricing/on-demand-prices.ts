/** On-demand prices from AWS's Price List API: Linux, shared tenancy, nothing preinstalled. */
import { paginateGetProducts, type PricingClient } from '@aws-sdk/client-pricing';
import { z } from 'zod';

/** What the price list says of one region. */
export interface ListedPrices {
  /** Day of the newest price list among the answers, YYYY-MM-DD. */
  readonly asOf: string | null;
  /** Dollars an hour by type. */
  readonly prices: Readonly<Record<string, number>>;
}

const PRODUCT = {
  operatingSystem: 'Linux',
  tenancy: 'Shared',
  preInstalledSw: 'NA',
  capacitystatus: 'Used',
  marketoption: 'OnDemand',
} as const;

const product = z.object({
  publicationDate: z.string().optional(),
  product: z.object({ attributes: z.object({ instanceType: z.string() }) }),
  terms: z.object({
    OnDemand: z.record(
      z.string(),
      z.object({
        priceDimensions: z.record(
          z.string(),
          z.object({ unit: z.string(), pricePerUnit: z.object({ USD: z.string().optional() }) }),
        ),
      }),
    ),
  }),
});

type Product = z.output<typeof product>;

/** All pages. Rejects with the SDK's error, and with a plain one for an answer of another shape. */
export async function onDemandPrices(client: PricingClient, region: string): Promise<ListedPrices> {
  const filters = Object.entries({ ...PRODUCT, regionCode: region }).map(
    ([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value }) as const,
  );
  const products: Product[] = [];
  for await (const page of paginateGetProducts({ client }, { ServiceCode: 'AmazonEC2', Filters: filters })) {
    if (page.PriceList === undefined) throw new Error(`What answered for ${region} was not the price list.`);
    products.push(...(page.PriceList as readonly unknown[]).map((text) => product.parse(JSON.parse(String(text)))));
  }
  const prices = products.flatMap((it) => {
    const price = pricePerHour(it);
    return price === null ? [] : [[it.product.attributes.instanceType, price] as const];
  });
  const days = products.flatMap(({ publicationDate }) => publicationDate?.slice(0, 10) ?? []);
  return { asOf: days.sort().at(-1) ?? null, prices: Object.fromEntries(prices) };
}

/** Null for what is not sold by the hour, or given away with something else. */
function pricePerHour({ terms }: Product): number | null {
  const dimensions = Object.values(terms.OnDemand).flatMap(({ priceDimensions }) => Object.values(priceDimensions));
  const [hourly] = dimensions.filter(({ unit, pricePerUnit }) => unit === 'Hrs' && Number(pricePerUnit.USD) > 0);
  return hourly ? Number(hourly.pricePerUnit.USD) : null;
}
