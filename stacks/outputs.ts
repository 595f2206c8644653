import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import type { StackConfiguration } from './configuration';
import { costText, monthlyCost } from './cost/monthly-cost';
import type { Names } from './names';
import type { Network } from './network/network';
import type { Server } from './server/server';
import type { Workers } from './workers/workers';

interface Made {
  readonly configuration: StackConfiguration;
  readonly names: Names;
  readonly region: string;
  readonly table: { readonly name: string; readonly arn: string };
  readonly bucket: { readonly name: string };
  readonly topic: { readonly arn: string };
  readonly server: Server;
  readonly network: Network;
  readonly workers: Workers;
}

/** What somebody who has just deployed needs next. */
export function addOutputs(scope: Construct, made: Made): void {
  const { configuration, names, region, server } = made;
  const session = `aws ssm start-session --region ${region} --target ${server.instanceId}`;
  const forward = '--document-name AWS-StartPortForwardingSession --parameters portNumber=6443,localPortNumber=6443';
  const outputs: Readonly<Record<string, readonly [value: unknown, description: string]>> = {
    session: [session, 'A shell on the server; needs the Session Manager plugin of the AWS CLI.'],
    next: [
      `${session} --document-name AWS-StartInteractiveCommand --parameters 'command=["sudo k3s kubectl get nodes"]'`,
      'Run this about three minutes after the deployment: it lists the server and the first workers.',
    ],
    api_server: [`https://${server.address}:6443`, 'Inside the VPC.'],
    api_server_from_here: [`${session} ${forward}`, 'The API server on https://127.0.0.1:6443 of your machine.'],
    monthly_cost: [costText(monthlyCost(configuration)), 'List prices; docs/deploy.md says more.'],
    table_name: [made.table.name, 'For store.table of the webhook.'],
    table_arn: [made.table.arn, 'For the policy of the webhook.'],
    bucket: [made.bucket.name, 'Of releases and backups.'],
    topic_arn: [made.topic.arn, 'Whom to tell: subscribe to it.'],
    parameters: [names.parameters, 'Prefix of the SSM parameters.'],
    subnets: [made.network.subnets, 'Where workers are launched.'],
    launch_templates: [
      Object.fromEntries(
        Object.keys(configuration.pools).map((name, i) => [
          name,
          { id: made.workers.pools[i]?.templateId, version: made.workers.pools[i]?.templateVersion },
        ]),
      ),
      'By pool.',
    ],
  };
  for (const [id, [value, description]] of Object.entries(outputs))
    new TerraformOutput(scope, id, { value, description });
}
