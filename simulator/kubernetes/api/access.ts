import { ApiError } from '../api-error';
import type { Target, Verb } from './api-types';

/** One bearer token and what it may do. */
export interface TokenGrant {
  readonly token: string;
  readonly user: string;
  /** `all`, or a list of "verb resource" such as "list nodes", "create pods/eviction", "list poddisruptionbudgets.policy". */
  readonly rights: 'all' | readonly string[];
}

export interface AccessSettings {
  readonly tokens: readonly TokenGrant[];
  /** Without a token one is system:anonymous, which may do nothing (403); with `false` it is a 401. True when absent. */
  readonly anonymous?: boolean;
}

const ANONYMOUS: TokenGrant = { token: '', user: 'system:anonymous', rights: [] };
const EVERYBODY: TokenGrant = { token: '', user: 'system:admin', rights: 'all' };

/** Who calls. Without settings everybody may do everything. Throws the 401. */
export function authenticate(settings: AccessSettings | undefined, authorization: string | undefined): TokenGrant {
  if (settings === undefined) return EVERYBODY;
  if (authorization === undefined && (settings.anonymous ?? true)) return ANONYMOUS;
  const token = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1];
  const grant = settings.tokens.find((each) => each.token === token);
  if (grant === undefined) throw new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  return grant;
}

/** A right in the words of `TokenGrant`. Of `resource` the subresource is part: `pods/eviction`. */
export function rightOf(
  verb: string,
  { group, resource }: { readonly group: string; readonly resource: string },
): string {
  return group === '' ? `${verb} ${resource}` : `${verb} ${resource}.${group}`;
}

export function mayDo({ rights }: TokenGrant, right: string): boolean {
  return rights === 'all' || rights.includes(right);
}

/** Throws the 403 of RBAC, in its words. */
export function authorize(grant: TokenGrant, verb: Verb, target: Target): void {
  const { group, resource, namespace, name, subresource } = target;
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`;
  if (mayDo(grant, rightOf(verb, { group, resource: whole }))) return;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const what = name === undefined ? qualified : `${qualified} "${name}"`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const does = `User "${grant.user}" cannot ${verb} resource "${whole}" in API group "${group}" ${where}`;
  throw new ApiError({
    code: 403,
    reason: 'Forbidden',
    message: `${what} is forbidden: ${does}`,
    details: { ...(name !== undefined && { name }), ...(group !== '' && { group }), kind: resource },
  });
}
