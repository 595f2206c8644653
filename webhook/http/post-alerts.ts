import { parsePayload, type Payload } from '../alertmanager/payload';
import { SmartScaleError } from '../errors';
import { oneLine } from '../model/one-line';
import type { ErrorHandler, Handler, HttpResponse } from './context';
import type { HttpDeps, ReceiveAnswer } from './deps';

/**
 * POST /alerts, for Alertmanager. 202 for everything that was understood, whatever came of it: a 4xx is repeated at
 * every group_interval for ever, and a redirect loses the alert.
 */
export function postAlerts(deps: Pick<HttpDeps, 'receive' | 'onPost'>): Handler {
  return async (request, response) => {
    const post = parsePayload(request.body);
    const answer = await deps.receive(post, response.locals.cluster ?? null);
    deps.onPost(answer.state);
    logPost(response, post, answer);
    response.status(202).json(answer);
  };
}

/** A post that failed counts as a post too. */
export function countFailedPost({ onPost }: Pick<HttpDeps, 'onPost'>): ErrorHandler {
  return (error, _request, _response, next) => {
    onPost(error instanceof SmartScaleError ? error.code : 'internal');
    next(error);
  };
}

/** A key holds every label of the group. */
const LONGEST_KEY = 1000;

function logPost({ locals: { log, cluster } }: HttpResponse, post: Payload, answer: ReceiveAnswer): void {
  const { truncatedAlerts } = post;
  const [groupKey, receiver] = [oneLine(post.groupKey, LONGEST_KEY), oneLine(post.receiver)];
  if (truncatedAlerts > 0) log.warn({ receiver, truncatedAlerts }, 'post was truncated: set max_alerts to 0');
  const firing = post.alerts.filter(({ status }) => status === 'firing').length;
  const decisions = answer.decisions.map(({ pool, outcome, reason }) => ({ pool, outcome, reason }));
  const fields = { cluster, groupKey, receiver, firing, resolved: post.alerts.length - firing };
  log.info({ ...fields, state: answer.state, decisions }, 'received alerts');
}
