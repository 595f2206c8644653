import type { HttpDeps } from './deps';
import type { Middleware } from './context';

/** What a proxy may call a request; anything else is replaced, so that ids stay short and harmless. */
const ACCEPTABLE = /^[\w.-]{1,64}$/;

/** Gives each request an id and a logger that carries it; the answer names it in X-Request-Id. */
export function identified({ ids, log }: Pick<HttpDeps, 'ids' | 'log'>): Middleware {
  return (request, response, next) => {
    const given = request.get('x-request-id') ?? '';
    const requestId = ACCEPTABLE.test(given) ? given : ids.next();
    Object.assign(response.locals, { requestId, log: log.child({ requestId }) });
    response.set({ 'X-Request-Id': requestId, 'Cache-Control': 'no-store' });
    next();
  };
}
