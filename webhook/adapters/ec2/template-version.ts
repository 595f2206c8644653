import type { LaunchTemplateBlockDeviceMapping, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { TemplateVersion } from '../../model/region';

/** What EC2 does not say is as EC2 takes it: `optional` tokens, `stop`. */
export function templateVersionOf(data: ResponseLaunchTemplateData): TemplateVersion {
  const { ImageId, MetadataOptions, InstanceInitiatedShutdownBehavior, UserData, BlockDeviceMappings } = data;
  return {
    imageId: ImageId ?? null,
    tokensRequired: MetadataOptions?.HttpTokens === 'required',
    hopLimit: MetadataOptions?.HttpPutResponseHopLimit ?? null,
    instanceProfile: profileOf(data),
    hasMarketOptions: data.InstanceMarketOptions !== undefined,
    onShutdown: InstanceInitiatedShutdownBehavior === 'terminate' ? 'terminate' : 'stop',
    userDataBytes: Buffer.from(UserData ?? '', 'base64').length,
    volumes: volumesOf(BlockDeviceMappings ?? []),
  };
}

function profileOf({ IamInstanceProfile }: ResponseLaunchTemplateData): string | null {
  return IamInstanceProfile?.Arn ?? IamInstanceProfile?.Name ?? null;
}

/** A volume of which nothing is said follows its snapshot and the default of the account. */
function volumesOf(mappings: readonly LaunchTemplateBlockDeviceMapping[]): TemplateVersion['volumes'] {
  const said = mappings.flatMap(({ Ebs }) => (Ebs ? [Ebs.Encrypted] : []));
  if (said.includes(false)) return 'unencrypted';
  return said.length > 0 && said.every((encrypted) => encrypted === true) ? 'encrypted' : 'not-said';
}
