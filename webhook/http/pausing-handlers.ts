import type { Handler, HttpResponse } from './context';
import type { HttpDeps, PauseOrder } from './deps';
import { parsePause, parseResume, type Caller } from './pause-request';

type Deps = Pick<HttpDeps, 'access' | 'clock' | 'pause' | 'resume'>;

/** POST /pause, for people. */
export function postPause(deps: Deps): Handler {
  return async (request, response) => {
    const order = parsePause(request.body, callerOf(response, deps));
    const pools = await deps.pause(order);
    const until = order.until === null ? null : new Date(order.until).toISOString();
    response.json({ state: 'paused', ...placeOf(order), pools, until });
  };
}

/** POST /resume, for people. */
export function postResume(deps: Deps): Handler {
  return async (request, response) => {
    const order = parseResume(request.body, callerOf(response, deps));
    response.json({ state: 'resumed', ...placeOf(order), pools: await deps.resume(order) });
  };
}

function callerOf(response: HttpResponse, { access, clock }: Deps): Caller {
  return { cluster: response.locals.cluster ?? null, clusters: [...access.keys()], now: clock.now() };
}

function placeOf({ cluster, direction }: PauseOrder) {
  return { cluster, direction };
}
