/** What every machine of ours has. */

/** Version 2 only, and one hop: pods, which are one hop further away, do not get the machine's role. */
export function metadataOptions(instanceMetadataTags: 'enabled' | 'disabled' = 'disabled') {
  return { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1, instanceMetadataTags };
}

/** `key`: ARN of the key that encrypts it; AWS's own where there is none. */
export function rootVolume(volumeSize: number, tags: Record<string, string>, key: string | undefined) {
  const encryption = { encrypted: true, ...(key === undefined ? {} : { kmsKeyId: key }) };
  return { ...encryption, volumeType: 'gp3', volumeSize, deleteOnTermination: true, tags };
}
