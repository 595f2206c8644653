/** Writes Terraform JSON to cdktf.out. Needs neither Terraform, a network nor AWS credentials. */
import { join } from 'node:path';
import { App } from 'cdktf';
import { ConfigurationError, readConfiguration } from './configuration';
import { SmartScaleStack } from './smartscale-stack';

/** Compiled, this file lies in dist/stacks. */
const CDKTF_JSON = join(__dirname, '..', '..', 'cdktf.json');

try {
  const configuration = readConfiguration(CDKTF_JSON);
  const app = new App();
  new SmartScaleStack(app, 'smartscale', configuration);
  app.synth();
  process.stdout.write(`synthesised ${join(app.outdir, 'stacks', 'smartscale', 'cdk.tf.json')}\n`);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
