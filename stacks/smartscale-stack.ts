import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import type { StackConfiguration } from './configuration';
import { StateTable } from './state-table';

/** Everything that SmartScale needs in one AWS region. */
export class SmartScaleStack extends TerraformStack {
  constructor(scope: Construct, id: string, configuration: StackConfiguration) {
    super(scope, id);
    new AwsProvider(this, 'aws', {
      region: configuration.region ?? this.#askForRegion(),
      defaultTags: [{ tags: { ...configuration.tags, application: 'smartscale' } }],
    });
    const table = new StateTable(this, 'state', configuration);
    new TerraformOutput(this, 'table_name', { value: table.name, description: 'For store.table of the webhook.' });
    new TerraformOutput(this, 'table_arn', { value: table.arn, description: 'For the policy of the webhook.' });
  }

  #askForRegion(): string {
    const variable = new TerraformVariable(this, 'region', {
      type: 'string',
      nullable: false,
      description: 'AWS region of the cluster; context.smartscale.region of cdktf.json sets it for good.',
    });
    return variable.stringValue;
  }
}
