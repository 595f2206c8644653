import type { Purpose } from './bearer';
import type { ErrorHandler, Handler } from './context';
import type { HttpDeps } from './deps';
import { postPause, postResume } from './pausing-handlers';
import { countFailedPost, postAlerts } from './post-alerts';
import { getConsole, getCost, getHealth, getMetrics, getReadiness } from './reports';

export interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** Shown with a 404. */
  readonly about: string;
  /** Whose token it asks for; absent = nobody's. */
  readonly purpose?: Purpose;
  readonly handler: (deps: HttpDeps) => Handler;
  readonly onFailure?: (deps: HttpDeps) => ErrorHandler;
}

/** Everything that the service answers to. */
export const ROUTES: readonly Route[] = [
  {
    method: 'post',
    path: '/alerts',
    about: 'webhook of Alertmanager, payload version 4',
    purpose: 'tokens',
    handler: postAlerts,
    onFailure: countFailedPost,
  },
  { method: 'get', path: '/healthz', about: 'what every pool has, does and waits for', handler: getHealth },
  { method: 'get', path: '/health', about: 'the same', handler: getHealth },
  { method: 'get', path: '/readyz', about: '503 while the store is out of reach', handler: getReadiness },
  { method: 'get', path: '/metrics', about: 'for Prometheus', handler: getMetrics },
  {
    method: 'get',
    path: '/cost',
    about: 'what every pool costs, and what that is made of',
    purpose: 'operatorTokens',
    handler: getCost,
  },
  {
    method: 'get',
    path: '/consoles/:cluster/:pool/:instance',
    about: 'console output of an instance that never joined',
    purpose: 'operatorTokens',
    handler: getConsole,
  },
  {
    method: 'post',
    path: '/pause',
    about: 'holds scaling: {cluster, pool, direction, until, by, reason}',
    purpose: 'operatorTokens',
    handler: postPause,
  },
  {
    method: 'post',
    path: '/resume',
    about: 'lets go: {cluster, pool, direction, by, reason}',
    purpose: 'operatorTokens',
    handler: postResume,
  },
];
