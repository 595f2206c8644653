/** npm run prices: reads the on-demand prices anew and writes the table that the service is built with. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PricingClient } from '@aws-sdk/client-pricing';
import type { OnDemandTable } from '../../cost/on-demand-table';
import { refresh } from './refresh';

const HELP = `npm run prices -- [REGION ...] [--all]

  REGION   regions to read, such as eu-central-1; without any those that the table has
  --all    every type that the price list has, not only the families that the table has
  --help   this text

Needs credentials that may call pricing:GetProducts. Build and restart the webhook afterwards.
`;

/** The price list answers for all regions here. */
const HOME = 'us-east-1';
const FILE = join(process.cwd(), 'webhook', 'cost', 'on-demand-prices.json');

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const table = JSON.parse(readFileSync(FILE, 'utf8')) as OnDemandTable;
  const regions = args.filter((arg) => !arg.startsWith('--'));
  const written = await refresh(table, { regions, all: args.includes('--all') }, new PricingClient({ region: HOME }));
  writeFileSync(FILE, `${JSON.stringify(written, null, 2)}\n`);
  for (const [region, { asOf, prices }] of Object.entries(written.regions)) {
    process.stdout.write(`${region}: ${Object.keys(prices).length} types, price list of ${asOf ?? 'an unknown day'}\n`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
