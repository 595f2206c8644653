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

export function getMetrics({ metrics }: Pick<HttpDeps, 'metrics'>): Handler {
  return async (_request, response) => {
    const { contentType, body } = await metrics();
    response.set('Content-Type', contentType).send(body);
  };
}
