/**
 * One GET over the client's own connection pool, time limit and credentials, and the answer as it came. The client would
 * make an object of every part of every item: eight seconds of it for 150,000 pods, of which we keep a few fields.
 */
import type { Configuration } from '@kubernetes/client-node';
import { ApiException, HttpMethod } from '@kubernetes/client-node';

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface PageReader {
  /** Text of the body. Rejects with ApiException for every answer that is no success, as the client does. */
  read(path: string, query: Query): Promise<string>;
}

export function makePageReader(configuration: Configuration): PageReader {
  return {
    async read(path, query) {
      const context = await prepared(configuration, path, query);
      const { httpStatusCode, headers, body } = await configuration.httpApi.send(context).toPromise();
      const text = await body.text();
      if (httpStatusCode >= 200 && httpStatusCode <= 299) return text;
      throw new ApiException(httpStatusCode, `GET ${path}`, text, headers);
    },
  };
}

async function prepared({ baseServer, authMethods, middleware }: Configuration, path: string, query: Query) {
  let context = baseServer.makeRequestContext(path, HttpMethod.GET);
  context.setHeaderParam('Accept', 'application/json');
  // Compressing costs the server, and unpacking us, as much as half of all the rest; we run beside it.
  context.setHeaderParam('Accept-Encoding', 'identity');
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) context.setQueryParam(name, String(value));
  }
  await authMethods.default?.applySecurityAuthentication(context);
  for (const each of middleware) context = await each.pre(context).toPromise();
  return context;
}
