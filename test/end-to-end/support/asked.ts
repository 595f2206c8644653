import type { Scene } from './scene';

/** What /healthz says of a pool. */
export interface PoolHealth {
  readonly min: number;
  readonly max: number;
  readonly nodes: { readonly have: number; readonly alive: number } | null;
  readonly operations: readonly { readonly kind: string; readonly phase: string }[];
  readonly paused: readonly {
    readonly by: string;
    readonly direction: string;
    readonly who: string;
    readonly reason: string;
    readonly until: string | null;
    readonly alert?: string;
  }[];
  readonly lastDecision: { readonly outcome: string; readonly reason: string; readonly detail: string } | null;
}

export interface Readiness {
  readonly code: number;
  readonly status: string;
  readonly degraded: readonly {
    readonly part: string;
    readonly code: string;
    readonly message: string;
    readonly advice: string;
  }[];
}

/** The only pool of GET /healthz. */
export async function health({ webhook }: Pick<Scene, 'webhook'>): Promise<PoolHealth> {
  const answer = await fetch(`${webhook.url}/healthz`);
  expect(answer.status).toBe(200);
  const { pools } = (await answer.json()) as { pools: readonly [PoolHealth] };
  return pools[0];
}

export async function readiness({ webhook }: Pick<Scene, 'webhook'>): Promise<Readiness> {
  const answer = await fetch(`${webhook.url}/readyz`);
  const body = (await answer.json()) as Omit<Readiness, 'code'>;
  return { ...body, code: answer.status };
}

/** Sum of the series of /metrics of this name whose labels include these; 0 when there is none. */
export async function metric(
  { webhook }: Pick<Scene, 'webhook'>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const text = await (await fetch(`${webhook.url}/metrics`)).text();
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)]
    .filter(([, found, of = '']) => found === name && wanted.every((pair) => of.split(/,(?=\w+=")/).includes(pair)))
    .reduce((sum, [, , , value]) => sum + Number(value), 0);
}

/** POST with a token: JSON in, status and JSON out. */
export async function post(
  url: string,
  body: unknown,
  token: string,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}
