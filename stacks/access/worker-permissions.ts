import { CHECKSUMS, RELEASE, RELEASE_CHECKSUM, SECRETS, SERVER_ADDRESS, type Names } from '../names';
import type { Place } from '../place';
import type { Statement } from './policy-document';

interface WorkerSubject {
  readonly place: Place;
  readonly names: Names;
  readonly bucketArn: string;
}

/** To join, and no more: what runs on a worker may be anybody's. */
export function workerPermissions({ place, names, bucketArn }: WorkerSubject): readonly Statement[] {
  const parameters = [SECRETS.join, SERVER_ADDRESS, RELEASE_CHECKSUM].map((it) =>
    place.arn('ssm', `parameter${names.parameters}/${it}`),
  );
  const files = ['k3s/worker/*', CHECKSUMS].map((it) => `${bucketArn}/${RELEASE}/${it}`);
  return [
    { sid: 'Join', actions: ['ssm:GetParameter', 'ssm:GetParameters'], resources: parameters },
    { sid: 'OwnFiles', actions: ['s3:GetObject'], resources: files },
  ];
}
