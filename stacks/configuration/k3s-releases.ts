import type { Architecture } from './architecture';

export type Checksums = Readonly<Record<Architecture, string>>;

/** SHA-256 of the binary, by release: sha256sum-amd64.txt and sha256sum-arm64.txt beside it on GitHub. */
export const K3S_RELEASES: Readonly<Record<string, Checksums>> = {
  'v1.33.7+k3s1': {
    x86_64: '8cb5e74c409635f73856d1956ca9b2402df3c72524b894299a891d3f05da399d',
    arm64: '4648225a3c5617c68f01b8dd2d7cb46ec12903d52dc568c9fab7eaf5296c7306',
  },
  'v1.34.3+k3s1': {
    x86_64: 'f95350e3997165974d1d1406f01aabaf869aed7ca790cc2d83a92a82f26a06c5',
    arm64: 'fa37b06df7ae82b46de6679a8682b6ece2adf531709bed6299086716c1038147',
  },
};

export const DEFAULT_K3S = 'v1.34.3+k3s1';
