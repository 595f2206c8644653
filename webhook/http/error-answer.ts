import { ERRORS, SmartScaleError } from '../errors';
import type { ErrorHandler, HttpRequest, HttpResponse } from './context';

/**
 * Errors as `{error, message, advice, requestId}` with the status of the catalogue. What is not ours is `internal`: it
 * is logged whole and answered without its words.
 */
export const errorAnswer: ErrorHandler = (error, request, response, next) => {
  if (response.headersSent) return next(error);
  const ours = error instanceof SmartScaleError ? error : new SmartScaleError('internal', 'something unforeseen');
  const { status, advice } = ERRORS[ours.code];
  logRefusal(error, { request, response, status });
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  const { requestId } = response.locals;
  response.status(status).json({ error: ours.code, message: ours.message, advice, requestId });
};

interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly status: number;
}

function logRefusal(error: unknown, { request, response, status }: Exchange): void {
  const fields = { method: request.method, path: request.path, status };
  const { log } = response.locals;
  if (!(error instanceof SmartScaleError)) log.error({ ...fields, err: error }, 'request failed');
  else if (status === 404) log.debug({ ...fields, fault: error.fault }, 'refused request');
  else log.warn({ ...fields, fault: error.fault }, 'refused request');
}
