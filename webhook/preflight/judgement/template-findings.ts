import type { TemplateVersion } from '../../model/region';
import type { PoolFacts } from './facts';
import { finding, type CheckedPool, type Finding } from './finding';
import type { PreflightCode } from './codes';

/** EC2's limit before base64. */
const MOST_USER_DATA = 16 * 1024;

export function templateFindings(pool: CheckedPool, { template, architecture }: PoolFacts): readonly Finding[] {
  if (!template.known) return [];
  const { id, version } = pool.policy.launch.template;
  if (template.value === 'no-template') {
    return [finding(pool, 'template-missing', 'launch.template.id', `launch template ${id} does not exist`)];
  }
  if (template.value === 'no-version') {
    const what = `launch template ${id} has no version ${version}`;
    return [finding(pool, 'template-version-missing', 'launch.template.version', what)];
  }
  const { imageId } = template.value;
  const unknownImage = namesImage(imageId) && architecture.known && architecture.value === null;
  return [
    ...CHECKS.flatMap(({ code, says }) => {
      const what = says(template.value as TemplateVersion);
      return what === null ? [] : [finding(pool, code, 'launch.template', `version ${version} of ${id} ${what}`)];
    }),
    ...(unknownImage
      ? [
          finding(
            pool,
            'image-missing',
            'launch.template',
            `image ${imageId} of version ${version} of ${id} is unknown`,
          ),
        ]
      : []),
  ];
}

/** `resolve:ssm:...` is looked up by EC2 at each launch. */
export function namesImage(imageId: string | null): imageId is string {
  return imageId !== null && imageId.startsWith('ami-');
}

/** What is wrong with the version, or null. */
const CHECKS: readonly { readonly code: PreflightCode; readonly says: (it: TemplateVersion) => string | null }[] = [
  { code: 'template-without-image', says: ({ imageId }) => (imageId === null ? 'names no image' : null) },
  {
    code: 'template-fixes-spot',
    says: ({ hasMarketOptions }) => (hasMarketOptions ? 'has InstanceMarketOptions' : null),
  },
  {
    code: 'template-user-data-too-large',
    says: ({ userDataBytes }) =>
      userDataBytes > MOST_USER_DATA ? `has ${userDataBytes} bytes of user data, at most ${MOST_USER_DATA} go` : null,
  },
  {
    code: 'template-answers-imdsv1',
    says: ({ tokensRequired }) => (tokensRequired ? null : 'does not ask for IMDSv2 tokens'),
  },
  {
    code: 'template-metadata-reaches-pods',
    says: ({ hopLimit }) => {
      if (hopLimit === 1) return null;
      return hopLimit === null ? 'says no hop limit, so that of the image holds' : `has a hop limit of ${hopLimit}`;
    },
  },
  {
    code: 'template-without-profile',
    says: ({ instanceProfile }) => (instanceProfile === null ? 'has no instance profile' : null),
  },
  {
    code: 'template-stops-instead-of-terminates',
    says: ({ onShutdown }) => (onShutdown === 'stop' ? 'stops instances that shut themselves down' : null),
  },
  {
    code: 'template-volume-not-encrypted',
    says: ({ volumes }) => {
      if (volumes === 'encrypted') return null;
      return volumes === 'unencrypted'
        ? 'has a volume that is not encrypted'
        : 'does not say that volumes are encrypted';
    },
  },
];
