import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdktf';
import { parseConfiguration } from '../../../stacks/configuration';
import { readHostFiles } from '../../../stacks/hosts/host-files';
import { SmartScaleStack } from '../../../stacks/smartscale-stack';

/** Set by `npm run test:peers`. */
export const PEER = process.env['SMARTSCALE_TERRAFORM_PEER'];
const PLUGINS = process.env['SMARTSCALE_TERRAFORM_PLUGINS'] ?? '';
const SIMULATED = {
  AWS_ACCESS_KEY_ID: 'simulated',
  AWS_SECRET_ACCESS_KEY: 'simulated',
  AWS_EC2_METADATA_DISABLED: 'true',
};
const LARGEST_OUTPUT = 64 * 2 ** 20;

export interface Ran {
  readonly code: number;
  readonly said: string;
}

/** Terraform in the folder of a stack, whose AWS is the peer. */
export class Terraform {
  constructor(private readonly folder: string) {}

  /** As the stacks write it, with what only the peer needs in a file beside it. */
  static async of(outdir: string, smartscale: object, hosts: string): Promise<Terraform> {
    const configuration = parseConfiguration({ context: { smartscale } }, 'test');
    const app = new App({ outdir });
    const stack = new SmartScaleStack(app, 'smartscale', configuration, readHostFiles(hosts, configuration.bundle));
    app.synth();
    const folder = join(outdir, 'stacks', 'smartscale');
    writeFileSync(join(folder, 'peer_override.tf.json'), JSON.stringify(overrides(stack)));
    const terraform = new Terraform(folder);
    await terraform.must('init', `-plugin-dir=${PLUGINS}`);
    return terraform;
  }

  run(command: string, ...args: readonly string[]): Promise<Ran> {
    const given = [...command.split(' '), ...args];
    const env = { ...process.env, ...SIMULATED, AWS_ENDPOINT_URL: PEER };
    return new Promise((resolve) => {
      execFile('terraform', given, { cwd: this.folder, env, maxBuffer: LARGEST_OUTPUT }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr }),
      );
    });
  }

  /** Throws what Terraform says when it fails. */
  async must(command: string, ...args: readonly string[]): Promise<string> {
    const { code, said } = await this.run(command, ...args);
    if (code !== 0) throw new Error(`terraform ${command} ended with ${code}:\n${said}`);
    return said;
  }
}

/**
 * The state stays in the folder: that of somebody who deploys from this repository is none of a test's business. moto has
 * one address for all buckets, and takes no notice of the conditions of a bucket's policy: it would deny us too.
 */
function overrides(stack: SmartScaleStack) {
  const [policy = ''] = Object.keys(dataOf(stack)['aws_iam_policy_document'] ?? {}).filter((it) =>
    it.includes('tls-only'),
  );
  const allowing = {
    effect: 'Allow',
    actions: ['s3:*'],
    resources: ['arn:aws:s3:::*'],
    principals: [{ type: '*', identifiers: ['*'] }],
  };
  return {
    terraform: { backend: { local: { path: 'test.tfstate' } } },
    provider: { aws: [{ s3_use_path_style: true }, { alias: 'plain', s3_use_path_style: true }] },
    data: { aws_iam_policy_document: { [policy]: { statement: [allowing] } } },
  };
}

function dataOf(stack: SmartScaleStack) {
  return (stack.toTerraform() as { data: Record<string, object> }).data;
}
