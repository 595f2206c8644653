/** Every name that we give in AWS, from one place. What other accounts must not clash with gets the account's number. */
export interface Names {
  readonly cluster: string;
  /** Begins what stands beside other people's things. */
  readonly prefix: string;
  /** Of parameters, without a slash at the end. */
  readonly parameters: string;
  readonly logs: string;
}

/** Secrets, as SecureStrings, that the server makes itself and CDKTF never sees. */
export const SECRETS = { join: 'join-token', webhook: 'webhook-token', operator: 'operator-token' } as const;
/** Address of the API server, for workers. */
export const SERVER_ADDRESS = 'server-address';
/** Checksum of the list of checksums of the release: machines run nothing else. */
export const RELEASE_CHECKSUM = 'release';
/** Release of K3s and the checksum of its binary, for the server; that of workers stands in their user data. */
export const K3S_RELEASE = 'k3s';
/** Folders in the bucket. */
export const RELEASE = 'release';
export const BACKUPS = 'backups';
/** In the folder of the release, in the form of sha256sum. */
export const CHECKSUMS = 'SHA256SUMS';

export function namesOf(cluster: string): Names {
  return {
    cluster,
    prefix: `smartscale-${cluster}`,
    parameters: `/smartscale/${cluster}`,
    logs: `/smartscale/${cluster}`,
  };
}
