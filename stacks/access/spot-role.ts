import type { Place } from '../place';

/** EC2's own role for spot, one in an account. */
export const SPOT_ROLE = { path: '/aws-service-role/spot.amazonaws.com/', name: 'AWSServiceRoleForEC2Spot' } as const;

export function spotRoleArn({ partition, account }: Place): string {
  return `arn:${partition}:iam::${account}:role${SPOT_ROLE.path}${SPOT_ROLE.name}`;
}
