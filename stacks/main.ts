/** Writes Terraform JSON to cdktf.out. Needs neither Terraform, a network nor AWS credentials. */
import { join } from 'node:path';
import { App } from 'cdktf';
import { ConfigurationError, readConfiguration } from './configuration';
import { checkUserData } from './hosts/check-user-data';
import { readHostFiles } from './hosts/host-files';
import { SmartScaleStack } from './smartscale-stack';

/** Compiled, this file lies in dist/stacks. */
const ROOT = join(__dirname, '..', '..');

try {
  const configuration = readConfiguration(join(ROOT, 'cdktf.json'));
  const files = readHostFiles(ROOT, configuration.bundle);
  checkUserData(configuration, files);
  const app = new App();
  new SmartScaleStack(app, 'smartscale', configuration, files);
  app.synth();
  process.stdout.write(`synthesised ${join(app.outdir, 'stacks', 'smartscale', 'cdk.tf.json')}\n`);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
