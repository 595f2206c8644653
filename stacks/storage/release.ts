import { S3Object } from '@cdktf/provider-aws/lib/s3-object';
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter';
import { AssetType, TerraformAsset, type TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HostFiles } from '../hosts/host-files';
import { CHECKSUMS, RELEASE, RELEASE_CHECKSUM, type Names } from '../names';
import { componentTag } from '../tags';

type Files = HostFiles['release'];

interface Wanted {
  readonly names: Names;
  /** Name of the bucket. */
  readonly bucket: string;
  readonly files: Files;
  /** Whose tags, with one more, an object can have: ten at most. */
  readonly provider: TerraformProvider;
}

/**
 * Every file that machines run as an object of its own: a plan shows which of them a deployment changes. What they are is
 * said in SSM, beside the bucket: machines that exist read it when they fetch, so that it needs no new user data.
 */
export class Release extends Construct {
  constructor(scope: Construct, id: string, { names, bucket, files, provider }: Wanted) {
    super(scope, id);
    const tagging = { tags: componentTag('server'), provider };
    const objects = files.map(({ path, source }) => {
      const name = path.replaceAll(/[^\w-]+/g, '-');
      const content = sha256(readFileSync(source));
      const asset = new TerraformAsset(this, `${name}-file`, {
        path: source,
        type: AssetType.FILE,
        assetHash: content,
      });
      const key = `${RELEASE}/${path}`;
      return new S3Object(this, name, { bucket, key, source: asset.path, sourceHash: content, ...tagging });
    });
    const list = checksumList(files);
    const checksums = new S3Object(this, 'checksums', {
      bucket,
      key: `${RELEASE}/${CHECKSUMS}`,
      content: list,
      ...tagging,
    });
    new SsmParameter(this, 'checksum', {
      name: `${names.parameters}/${RELEASE_CHECKSUM}`,
      description: `SHA-256 of ${RELEASE}/${CHECKSUMS}`,
      type: 'String',
      value: sha256(list),
      tags: componentTag('state'),
      dependsOn: [...objects, checksums],
    });
  }
}

/** As sha256sum writes it. */
export function checksumList(files: Files): string {
  const lines = files.map(({ path, source }) => `${sha256(readFileSync(source))}  ${path}\n`);
  return lines.sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1)).join('');
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
