/** AlertmanagerPort on the HTTP API v2 of every Alertmanager of a cluster. */
import { z } from 'zod';
import type { Fault } from '../../errors';
import { SmartScaleError } from '../../errors';
import type { AlertmanagerLevel, ApiAlert, Silence } from '../../model/alert';
import type { AlertmanagerPort } from '../../ports';
import { apiBase, apiUrl, sayBase } from '../json-api/api-url';
import { makeGetJson, sayFailure, type Access, type GetJson } from '../json-api/get-json';
import { alertList, silenceList } from './api';

export interface AlertmanagerEndpoint extends Access {
  /** One each, with the path prefix if there is one: `http://alertmanager:9093`. */
  readonly urls: readonly string[];
}

/** How long one Alertmanager may take for all that we ask of it. */
const TIMEOUT_MS = 3_000;

/** Active, silenced and inhibited ones: a silence must be seen to be told about. Alertmanager has not yet judged unprocessed ones. */
const ANY_STATE = { active: 'true', silenced: 'true', inhibited: 'true', unprocessed: 'false' };
const SCALING = 'scale=~".+"';
const WATCHDOG = 'alertname="Watchdog"';

/** Throws when a URL is none; nobody is asked yet. */
export function makeAlertmanagerAdapter(endpoint: AlertmanagerEndpoint, timeoutMs = TIMEOUT_MS): AlertmanagerPort {
  const getJson = makeGetJson(endpoint);
  const bases = endpoint.urls.map(apiBase);
  return { read: () => Promise.all(bases.map((base) => readOne(getJson, base, timeoutMs))) };
}

type Answer = Awaited<ReturnType<AlertmanagerPort['read']>>[number];

async function readOne(getJson: GetJson, base: URL, timeoutMs: number): Promise<Answer> {
  const limit = AbortSignal.timeout(timeoutMs);
  const get: Get = (path, query) => getJson(apiUrl(base, path, query), limit);
  try {
    return { ok: true, level: await readLevel(get) };
  } catch (error) {
    return { ok: false, fault: faultFrom(base, limit.aborted ? `no answer within ${timeoutMs} ms` : wordsOf(error)) };
  }
}

type Get = (path: string, query: Readonly<Record<string, string>>) => Promise<unknown>;

async function readLevel(get: Get): Promise<AlertmanagerLevel> {
  const [scaling, watchdog] = await Promise.all(
    [SCALING, WATCHDOG].map(async (filter) => alertList.parse(await get('api/v2/alerts', { filter, ...ANY_STATE }))),
  );
  const alerts = unique([...(scaling ?? []), ...(watchdog ?? [])]);
  const ids = new Set(alerts.flatMap(({ silencedBy }) => silencedBy));
  return { alerts, silences: ids.size === 0 ? [] : await readSilences(get, ids) };
}

/** A Watchdog that carries `scale` answers both questions. */
function unique(alerts: readonly ApiAlert[]): readonly ApiAlert[] {
  return [...new Map(alerts.map((alert) => [alert.fingerprint, alert])).values()];
}

/** The list also holds those that apply to nothing, and the expired ones of the last days. */
async function readSilences(get: Get, ids: ReadonlySet<string>): Promise<readonly Silence[]> {
  const silences = silenceList.parse(await get('api/v2/silences', {}));
  return silences.filter(({ id }) => ids.has(id));
}

function faultFrom(base: URL, what: string): Fault {
  return new SmartScaleError('alertmanager-unreachable', `${sayBase(base)}: ${what}`).fault;
}

function wordsOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    return `the answer is not that of API v2: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
  }
  return sayFailure(error);
}
