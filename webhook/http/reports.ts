import { SmartScaleError } from '../errors';
import { oneLine } from '../model/one-line';
import type { Handler } from './context';
import type { HttpDeps } from './deps';

/** 200 while the process lives. */
export function getHealth({ health }: Pick<HttpDeps, 'health'>): Handler {
  return (_request, response) => {
    response.json(health());
  };
}

/** What the pools of the token's cluster cost. */
export function getCost({ cost }: Pick<HttpDeps, 'cost'>): Handler {
  return (_request, response) => {
    response.json(cost(response.locals.cluster ?? null));
  };
}

/** 503 only when the store is out of reach: nothing could be accepted. Whatever else is out of order is named with 200. */
export function getReadiness({ readiness }: Pick<HttpDeps, 'readiness'>): Handler {
  return async (_request, response) => {
    const { ready, report } = await readiness();
    response.status(ready ? 200 : 503).json(report);
  };
}

/** Text for people. The token says whose consoles may be read; without one, in local mode, everybody's. */
export function getConsole({ console: read }: Pick<HttpDeps, 'console'>): Handler {
  return async ({ params }, response) => {
    const { cluster = '', pool = '', instance = '' } = params;
    const { cluster: own = null } = response.locals;
    const kept = own === null || own === cluster ? await read({ cluster, pool }, instance) : null;
    if (kept === null) throw new SmartScaleError('not-found', `no console output of ${oneLine(instance, 40)} is kept`);
    response.type('text/plain').send(kept.text);
  };
}

export function getMetrics({ metrics }: Pick<HttpDeps, 'metrics'>): Handler {
  return async (_request, response) => {
    const { contentType, body } = await metrics();
    response.set('Content-Type', contentType).send(body);
  };
}
