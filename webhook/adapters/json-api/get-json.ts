/** GET of a JSON document with what the global fetch cannot do without another package: a certificate authority of one's own. */
import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Access {
  /** `file` holds the token (Bearer) or `user:password` (Basic); read at each call, so that it may be rotated. */
  readonly authorization?: { readonly scheme: 'Bearer' | 'Basic'; readonly file: string };
  /** PEM file; read when the first https call needs it. */
  readonly caFile?: string;
}

/** Resolves with the parsed body of a 200; rejects with an Error that says what happened instead, in one line. */
export type GetJson = (url: URL, signal: AbortSignal) => Promise<unknown>;

/** Anything but a 200. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: number | undefined,
    readonly body: string,
  ) {
    super(`HTTP ${status} ${shown(body)}`.trim());
    this.name = 'HttpRefusal';
  }
}

/** A few requests every 15 s need no kept connections, and a kept one that the server just closed would cost a look. */
const UNKEPT = { keepAlive: false };
/** Of a body that is no JSON or no success: enough to recognise it. */
const SHOWN = 200;

export function makeGetJson(access: Access): GetJson {
  const plain = new HttpAgent(UNKEPT);
  const secure = once(async () => new HttpsAgent({ ...UNKEPT, ...(await authority(access)) }));
  return async (url, signal) => {
    const agent = url.protocol === 'https:' ? await secure() : plain;
    return readJson(await open(url, { agent, signal, headers: await headersOf(access) }));
  };
}

/** Remembers a success only: a file that is not there yet may come. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: T | undefined;
  return async () => (made ??= await make());
}

async function authority({ caFile }: Access): Promise<{ ca?: Buffer }> {
  return caFile === undefined ? {} : { ca: await readFile(caFile) };
}

async function headersOf({ authorization }: Access): Promise<Record<string, string>> {
  const headers = { Accept: 'application/json' };
  if (authorization === undefined) return headers;
  const secret = (await readFile(authorization.file, 'utf8')).trim();
  const value = authorization.scheme === 'Basic' ? Buffer.from(secret).toString('base64') : secret;
  return { ...headers, Authorization: `${authorization.scheme} ${value}` };
}

function open(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, options, resolve).on('error', reject).end();
  });
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const body = await text(response);
  // A redirect too: what a login page answers is no list of alerts.
  if (response.statusCode !== 200) throw new HttpRefusal(response.statusCode, body);
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Error(`the answer is no JSON: ${shown(body)}`, { cause });
  }
}

function shown(body: string): string {
  return body.slice(0, SHOWN).replace(/\s+/g, ' ').trim();
}

/** What was thrown, in one line. */
export function sayFailure(error: unknown): string {
  return error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error);
}
