import { DataAwsIamRoles } from '@cdktf/provider-aws/lib/data-aws-iam-roles';
import { KmsGrant } from '@cdktf/provider-aws/lib/kms-grant';
import { Construct } from 'constructs';
import type { Place } from '../place';
import { SPOT_ROLE, spotRoleArn } from './spot-role';

/** As AWS lists them for volumes of spot instances that a key of the customer encrypts. */
const OPERATIONS = [
  'CreateGrant',
  'Decrypt',
  'DescribeKey',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];

/** Spot instances are started by a role of EC2, which no policy of ours reaches. */
export class SpotKeyGrant extends Construct {
  constructor(scope: Construct, id: string, { place, key }: { readonly place: Place; readonly key: string }) {
    super(scope, id);
    const role = new DataAwsIamRoles(this, 'role', {
      pathPrefix: SPOT_ROLE.path,
      lifecycle: {
        postcondition: [
          {
            condition: '${length(self.arns) > 0}',
            errorMessage: `context.smartscale.volumeKey: with spot pools the account must have the role ${SPOT_ROLE.name}: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com makes it.`,
          },
        ],
      },
    });
    new KmsGrant(this, 'grant', {
      name: 'smartscale-spot',
      keyId: key,
      granteePrincipal: spotRoleArn(place),
      operations: OPERATIONS,
      dependsOn: [role],
    });
  }
}
