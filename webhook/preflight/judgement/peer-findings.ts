/** Whoever else the service needs: what they answered, or why they did not. */
import type { Fault } from '../../errors';
import { finding, type Finding } from './finding';
import type { PreflightCode } from './codes';

/** `fault`: of listing nodes and pods. */
export function kubernetesFinding(cluster: string, { code, message }: Fault): Finding {
  const known = code === 'kubernetes-forbidden' ? 'kubernetes-forbidden' : 'kubernetes-unreachable';
  return finding({ cluster }, known, 'kubernetes', message);
}

/** The first K3s whose cloud controller keeps what the kubelet says (k3s-io/k3s pull request 9721). */
const KEEPS_LABELS = [1, 29, 3] as const;

/** `version`: as the API server says it, such as `v1.31.4+k3s1`; who is not K3s overwrites nothing. */
export function versionFindings(cluster: string, version: string): readonly Finding[] {
  const numbers = /^v(\d+)\.(\d+)\.(\d+)[^+]*\+k3s/.exec(version)?.slice(1).map(Number);
  if (!numbers) return [];
  const at = KEEPS_LABELS.findIndex((least, i) => numbers[i] !== least);
  const isOld = at >= 0 && (numbers[at] ?? 0) < (KEEPS_LABELS[at] ?? 0);
  return isOld ? [finding({ cluster }, 'k3s-too-old', 'kubernetes', `the API server is ${version}`)] : [];
}

export function uncheckedVersion(cluster: string, what: string): Finding {
  return finding({ cluster }, 'not-checked', 'kubernetes', `the version of K3s: ${what}`);
}

/** `faults`: one place for each address in the order of the configuration, null for one that answered. */
export function alertmanagerFindings(cluster: string, faults: readonly (Fault | null)[]): readonly Finding[] {
  return faults.flatMap((fault, index) =>
    fault === null
      ? []
      : [finding({ cluster }, 'alertmanager-unreachable', `alertmanager.urls.${index}`, fault.message)],
  );
}

export function storeFinding({ code, message }: Fault): Finding {
  const known: PreflightCode = code === 'store-without-ttl' ? 'store-without-ttl' : 'store-unusable';
  return finding(null, known, 'store', message);
}

export function uncheckedStore(what: string): Finding {
  return finding(null, 'not-checked', 'store', `the settings of the table: ${what}`);
}

export function redisFinding({ message }: Pick<Fault, 'message'>): Finding {
  return finding(null, 'redis-unreachable', 'redis', message);
}
