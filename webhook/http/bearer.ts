import { createHash, timingSafeEqual } from 'node:crypto';
import { SmartScaleError } from '../errors';
import type { Access, HttpDeps } from './deps';

/** `tokens` for alerts, `operatorTokens` for people. */
export type Purpose = keyof Access;

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * The cluster whose token the header carries, or null when nobody is asked: in local mode, while no token of this
 * purpose is configured. Throws SmartScaleError `unauthorized`. Every configured token is compared, hashed so that
 * lengths are equal, and none ends the comparison early.
 */
export function clusterOfToken(
  header: string | undefined,
  purpose: Purpose,
  { access, local }: Pick<HttpDeps, 'access' | 'local'>,
): string | null {
  const valid = [...access].flatMap(([cluster, tokens]) => tokens[purpose]().map((token) => ({ cluster, token })));
  if (local && valid.length === 0) return null;
  const given = digest(BEARER.exec(header ?? '')?.[1] ?? '');
  const matching = valid.filter(({ token }) => token !== '' && timingSafeEqual(digest(token), given));
  const [first] = matching;
  if (first) return first.cluster;
  throw new SmartScaleError(
    'unauthorized',
    header ? 'the token is not valid here' : 'there is no Authorization header',
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
