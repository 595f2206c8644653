/** Whoever else the service needs: what they answered, or why they did not. */
import type { Fault } from '../../errors';
import { finding, type Finding } from './finding';
import type { PreflightCode } from './codes';

/** `fault`: of listing nodes and pods. */
export function kubernetesFinding(cluster: string, { code, message }: Fault): Finding {
  const known = code === 'kubernetes-forbidden' ? 'kubernetes-forbidden' : 'kubernetes-unreachable';
  return finding({ cluster }, known, 'kubernetes', message);
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
