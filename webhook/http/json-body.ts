import { json } from 'express';
import { SmartScaleError } from '../errors';
import type { Middleware } from './context';

/** About 2,500 alerts. Express's own 100 kB breaks near 245, and Alertmanager repeats what gets a 413 for ever. */
export const BODY_LIMIT = 1024 * 1024;

/** Whatever the content type says, because proxies change it: a body is JSON or it is refused. */
const parse = json({ limit: BODY_LIMIT, type: () => true });

export const jsonBody: Middleware = (request, response, next) => {
  parse(request, response, (error: unknown) => {
    if (error === undefined) next();
    else next(refusal(error));
  });
};

/** The parser's own message quotes the body, so it stays the cause and is not answered. */
function refusal(cause: unknown): SmartScaleError {
  const type: unknown = typeof cause === 'object' && cause !== null && 'type' in cause ? cause.type : undefined;
  if (type === 'entity.too.large') {
    return new SmartScaleError('body-too-large', `the body is larger than ${BODY_LIMIT} bytes`, { cause });
  }
  const what = typeof type === 'string' ? (REFUSALS[type] ?? 'the body cannot be read') : 'the body cannot be read';
  return new SmartScaleError('bad-json', what, { cause });
}

/** Types of errors of body-parser. Source: github.com/expressjs/body-parser#errors */
const REFUSALS: Readonly<Record<string, string>> = {
  'entity.parse.failed': 'the body is not JSON',
  'encoding.unsupported': 'the content encoding is not known',
  'charset.unsupported': 'the charset is not a Unicode one',
  'request.aborted': 'the sender closed the connection before the body was whole',
  'request.size.invalid': 'the body is not as long as Content-Length says',
};
