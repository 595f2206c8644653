import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { Construct } from 'constructs';
import { BACKUPS, type Names } from '../names';
import { componentTag } from '../tags';

/** What is replaced or deleted can be had back for so long. */
const KEPT_DAYS = 30;
/** K3s removes its older snapshots itself; those of a server that is gone go by this. */
const BACKUP_DAYS = 90;

interface Wanted {
  readonly names: Names;
  readonly deletionProtection: boolean;
}

/** One bucket: what the server runs (release/) and the snapshots of its datastore (backups/). */
export class Bucket extends Construct {
  readonly name: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, { names, deletionProtection }: Wanted) {
    super(scope, id);
    const bucket = new S3Bucket(this, 'bucket', {
      bucketPrefix: `${names.prefix}-`,
      forceDestroy: !deletionProtection,
      tags: componentTag('state'),
    });
    this.name = bucket.bucket;
    this.arn = bucket.arn;
    this.#secure(bucket);
    this.#forget(bucket);
  }

  #secure({ id: bucket, arn }: S3Bucket): void {
    const block = new S3BucketPublicAccessBlock(this, 'private', {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'owner', { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } });
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
    const policy = new DataAwsIamPolicyDocument(this, 'tls-only', {
      statement: [
        {
          effect: 'Deny',
          actions: ['s3:*'],
          resources: [arn, `${arn}/*`],
          principals: [{ type: '*', identifiers: ['*'] }],
          condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
        },
      ],
    });
    new S3BucketPolicy(this, 'policy', { bucket, policy: policy.json, dependsOn: [block] });
  }

  #forget({ id: bucket }: S3Bucket): void {
    const versioning = new S3BucketVersioningA(this, 'versions', {
      bucket,
      versioningConfiguration: { status: 'Enabled' },
    });
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket,
      rule: [
        {
          id: 'old-versions',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          noncurrentVersionExpiration: [{ noncurrentDays: KEPT_DAYS }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
        {
          id: 'old-backups',
          status: 'Enabled',
          filter: [{ prefix: `${BACKUPS}/` }],
          expiration: [{ days: BACKUP_DAYS }],
        },
      ],
      dependsOn: [versioning],
    });
  }
}
