import type { RequestListener } from 'node:http';
import express, { type Express } from 'express';
import { ERRORS } from '../errors';
import { authenticated } from './authenticated';
import type { Handler } from './context';
import type { HttpDeps } from './deps';
import { errorAnswer } from './error-answer';
import { jsonBody } from './json-body';
import { originForm } from './origin-form';
import { identified } from './request-id';
import { ROUTES, type Route } from './routes';

/** The application: routes, tokens, bodies and errors. Listens nowhere; see `startServer`. */
export function makeApp(deps: HttpDeps): RequestListener {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(identified(deps));
  for (const route of ROUTES) register(app, route, deps);
  app.use(noSuchRoute);
  app.use(errorAnswer);
  return (request, response) => {
    app(originForm(request), response);
  };
}

function register(app: Express, { method, path, purpose, handler, onFailure }: Route, deps: HttpDeps): void {
  const before = [...(purpose ? [authenticated(purpose, deps)] : []), ...(method === 'post' ? [jsonBody] : [])];
  app[method](path, ...before, handler(deps), ...(onFailure ? [onFailure(deps)] : []));
}

const noSuchRoute: Handler = (request, response) => {
  const routes = ROUTES.map(({ method, path, about }) => `${method.toUpperCase()} ${path}: ${about}`);
  const { status, advice } = ERRORS['not-found'];
  const { requestId, log } = response.locals;
  log.debug({ method: request.method, path: request.path, status }, 'refused request');
  response.status(status).json({ error: 'not-found', message: 'no such route', advice, requestId, routes });
};
