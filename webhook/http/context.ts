import type { NextFunction, Request, Response } from 'express';
import type { Logger } from '../telemetry/logger';

/** What a request carries on its way through the handlers. */
export interface Locals {
  readonly requestId: string;
  /** Puts the request's id on each line. */
  readonly log: Logger;
  /** The cluster of the token; null when nobody was asked for one. Set by `authenticated`. */
  cluster?: string | null;
}

export type HttpRequest = Request<Record<string, string>, unknown, unknown>;
export type HttpResponse = Response<unknown, Locals>;
export type Middleware = (request: HttpRequest, response: HttpResponse, next: NextFunction) => void;
export type Handler = (request: HttpRequest, response: HttpResponse) => void | Promise<void>;
/** Express tells an error handler by its four parameters. */
export type ErrorHandler = (error: unknown, request: HttpRequest, response: HttpResponse, next: NextFunction) => void;
