/** The webhook as one file, with a source map beside it: dist/bundle/webhook.js. Needs the packages, and no compiled code. */
import { build } from 'esbuild';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OUT = join(ROOT, 'dist/bundle/webhook.js');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

await build({
  entryPoints: [join(ROOT, 'webhook/main.ts')],
  outfile: OUT,
  bundle: true,
  platform: 'node',
  // The oldest that package.json allows.
  target: 'node20.10',
  format: 'cjs',
  sourcemap: true,
  sourcesContent: false,
  // Names of classes and functions are in logs.
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'external',
  define: { BUNDLED_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
  logOverride: { 'require-resolve-not-external': 'silent' },
});
if (!process.argv.includes('--quiet')) {
  console.error(`bundle: ${OUT}, ${(statSync(OUT).size / 2 ** 20).toFixed(1)} MiB`);
}
