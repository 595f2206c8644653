/** Terraform with the AWS provider, on moto: what the stacks make is planned, made and removed. Used where all are installed. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as moto from './moto.mjs';
import { Missing } from './run-peers.mjs';
import { runProgram } from './run-program.mjs';

export const name = 'Terraform';
export const tests = ['test/peers/terraform'];

const PROVIDER = 'registry.terraform.io/hashicorp/aws/5.100.0';
/** Where Terraform itself looks for providers, and where people unpack them. */
const FOLDERS = [
  join(homedir(), '.terraform.d/plugins'),
  '/usr/local/share/terraform/plugins',
  '/usr/share/terraform/plugins',
  ...(existsSync('/opt') ? readdirSync('/opt').map((it) => join('/opt', it)) : []),
];

export async function start(say) {
  const { code, output } = await runProgram('terraform', ['version'], { env: quiet() }).catch(() => {
    throw new Missing('there is no terraform on PATH (version 1.10 or newer is needed)');
  });
  if (code !== 0) throw new Missing(`terraform does not run: ${output.trim()}`);
  const given = process.env.SMARTSCALE_TERRAFORM_PLUGINS;
  const plugins = (given === undefined ? FOLDERS : [given]).find((it) => existsSync(join(it, PROVIDER)));
  if (plugins === undefined) {
    throw new Missing(
      `the AWS provider 5.100.0 is in none of the usual folders; SMARTSCALE_TERRAFORM_PLUGINS names another`,
    );
  }
  say(`found ${output.split('\n')[0]} and the provider in ${plugins}`);
  const { environment, stop } = await moto.start(say);
  return {
    environment: {
      ...quiet(),
      SMARTSCALE_TERRAFORM_PEER: environment.SMARTSCALE_EC2_PEER,
      SMARTSCALE_TERRAFORM_PLUGINS: plugins,
    },
    stop,
  };
}

/** Asks nobody outside, and no configuration of the person who runs it. */
function quiet() {
  return { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
}
