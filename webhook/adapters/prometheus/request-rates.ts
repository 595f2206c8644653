/** RequestRatePort on the HTTP API of Prometheus, or of anything that speaks it. */
import { z } from 'zod';
import { SmartScaleError } from '../../errors';
import type { RequestRateSource } from '../../model/pool';
import type { RequestRatePort } from '../../ports';
import { apiBase, apiUrl, sayBase } from '../json-api/api-url';
import { HttpRefusal, makeGetJson, sayFailure, type GetJson } from '../json-api/get-json';
import { errorAnswer, instantAnswer } from './api';
import { onlyNumber } from './only-number';

/** How long one query may take. */
const TIMEOUT_MS = 3_000;

/** `sources` by pool. Throws when a URL is none; nobody is asked yet. */
export function makeRequestRates(
  sources: Readonly<Record<string, RequestRateSource>>,
  timeoutMs = TIMEOUT_MS,
): RequestRatePort {
  const queries = new Map(Object.entries(sources).map(([pool, source]) => [pool, queryOf(source, timeoutMs)]));
  return {
    perSecond: async (pool) => {
      const query = queries.get(pool);
      if (!query) throw new SmartScaleError('request-query-unusable', `no query is configured for pool ${pool}`);
      return query();
    },
  };
}

function queryOf(source: RequestRateSource, timeoutMs: number): () => Promise<number> {
  const base = apiBase(source.prometheus);
  const getJson = makeGetJson(source);
  // Told how long we wait, Prometheus does not go on when we have gone.
  const url = apiUrl(base, 'api/v1/query', { query: source.query, timeout: `${timeoutMs}ms` });
  return async () => onlyNumber(await ask(getJson, { base, url, timeoutMs }));
}

interface Question {
  readonly base: URL;
  readonly url: URL;
  readonly timeoutMs: number;
}

async function ask(getJson: GetJson, { base, url, timeoutMs }: Question) {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return instantAnswer.parse(await getJson(url, limit)).data;
  } catch (error) {
    throw limit.aborted ? unreachable(base, `no answer within ${timeoutMs} ms`) : errorOf(base, error);
  }
}

/** 400 and 422 speak of the query; everything else says that Prometheus is not there, or is something else. */
function errorOf(base: URL, error: unknown): SmartScaleError {
  if (error instanceof HttpRefusal && (error.status === 400 || error.status === 422)) {
    return new SmartScaleError('request-query-unusable', `${sayBase(base)}: ${wordsOf(error)}`);
  }
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    const where = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
    return unreachable(base, `the answer is not that of API v1: ${where}`);
  }
  return unreachable(base, error instanceof HttpRefusal ? wordsOf(error) : sayFailure(error));
}

function unreachable(base: URL, what: string): SmartScaleError {
  return new SmartScaleError('prometheus-unreachable', `${sayBase(base)}: ${what}`);
}

/** Prometheus says in the body what is wrong; a proxy in front of it does not. */
function wordsOf(refusal: HttpRefusal): string {
  const said = errorAnswer.safeParse(parsed(refusal.body));
  return said.success ? `HTTP ${refusal.status} ${said.data.errorType}: ${said.data.error}` : refusal.message;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
