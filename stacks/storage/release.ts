import { S3Object } from '@cdktf/provider-aws/lib/s3-object';
import { AssetType, TerraformAsset } from 'cdktf';
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HostFiles } from '../hosts/host-files';
import { RELEASE } from '../names';
import { componentTag } from '../tags';

/** Every file that the server runs as an object of its own: a plan shows which of them a deployment changes. */
export class Release extends Construct {
  constructor(scope: Construct, id: string, { bucket, files }: { bucket: string; files: HostFiles['release'] }) {
    super(scope, id);
    for (const { path, source } of files) {
      const name = path.replaceAll(/[^\w-]+/g, '-');
      const content = createHash('sha256').update(readFileSync(source)).digest('hex');
      const asset = new TerraformAsset(this, `${name}-file`, {
        path: source,
        type: AssetType.FILE,
        assetHash: content,
      });
      new S3Object(this, name, {
        bucket,
        key: `${RELEASE}/${path}`,
        source: asset.path,
        sourceHash: content,
        tags: componentTag('server'),
      });
    }
  }
}
