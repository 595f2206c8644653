import { clusterOfToken, type Purpose } from './bearer';
import type { Middleware } from './context';
import type { HttpDeps } from './deps';

/** Lets pass who has a token of this purpose. Before the body is read: strangers make nobody parse a megabyte. */
export function authenticated(purpose: Purpose, deps: Pick<HttpDeps, 'access' | 'local'>): Middleware {
  return (request, response, next) => {
    response.locals.cluster = clusterOfToken(request.get('authorization'), purpose, deps);
    next();
  };
}
