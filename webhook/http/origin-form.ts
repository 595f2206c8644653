import type { IncomingMessage } from 'node:http';

/**
 * Makes a path of the target of a request that is none (`http://host/path`, `*`), and `/` of what nobody can read: Express
 * would answer that with a page of its own, and Node warn about it with the whole address on standard error.
 */
export function originForm(request: IncomingMessage): IncomingMessage {
  const target = request.url ?? '/';
  if (!target.startsWith('/')) request.url = pathOf(target);
  return request;
}

function pathOf(target: string): string {
  if (!URL.canParse(target)) return '/';
  const { pathname, search } = new URL(target);
  return pathname.startsWith('/') ? `${pathname}${search}` : '/';
}
