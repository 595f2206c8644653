import type { PoolPolicy } from '../../model/pool';
import { PREFLIGHT, type PreflightCode, type Severity } from './codes';

export interface Finding {
  readonly code: PreflightCode;
  readonly severity: Severity;
  /** Null: what all clusters share. */
  readonly cluster: string | null;
  /** Null: the whole cluster. */
  readonly pool: string | null;
  /** The key of the configuration that it is about, such as `clusters.prod.pools.workers.launch.subnets`. */
  readonly key: string;
  /** What was found, with names and numbers. */
  readonly what: string;
  readonly advice: string;
}

/** A pool with what is configured of it. */
export interface CheckedPool {
  readonly cluster: string;
  readonly pool: string;
  readonly policy: PoolPolicy;
}

type Place = { readonly cluster: string; readonly pool?: string } | null;

/** `key` goes on where the place ends: `launch.subnets` of a pool, `ec2` of a cluster. */
export function finding(place: Place, code: PreflightCode, key: string, what: string): Finding {
  const { severity, advice } = PREFLIGHT[code];
  const { cluster = null, pool = null } = place ?? {};
  const path = [...(cluster === null ? [] : ['clusters', cluster]), ...(pool === null ? [] : ['pools', pool]), key];
  return { code, severity, cluster, pool, key: path.join('.'), what, advice };
}
