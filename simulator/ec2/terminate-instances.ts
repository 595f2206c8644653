import { Ec2Error } from './ec2-error';
import type { InstanceState, SimInstance, StateReason } from './ec2-types';
import type { InstanceTable } from './instance-table';

export interface Termination {
  readonly id: string;
  readonly previous: InstanceState;
  readonly current: InstanceState;
}

export const USER_SHUTDOWN: StateReason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

/**
 * One unknown id and nothing is terminated. A protected instance spares the named ones of its own zone, while those of
 * other zones are terminated although the call fails (TerminateInstances in the SDK's documentation says both).
 * Terminating twice is no error.
 */
export function terminateInstances(ids: readonly string[], table: InstanceTable, now: number): readonly Termination[] {
  if (ids.length === 0) throw new Ec2Error('MissingParameter', 'The request must contain the parameter InstanceId');
  const before = table.find(ids);
  const protectedOnes = before.filter(isShielded);
  const sparedZones = new Set(protectedOnes.map(({ zone }) => zone));
  for (const { id, zone } of before) if (!sparedZones.has(zone)) table.shutDown(id, USER_SHUTDOWN, now);
  if (protectedOnes.length > 0) throw notPermitted(protectedOnes.map(({ id }) => id).join(', '));
  return before.map(({ id, state }) => ({ id, previous: state, current: table.get(id)?.state ?? 'terminated' }));
}

function isShielded({ terminationProtected, state }: SimInstance): boolean {
  return terminationProtected && (state === 'pending' || state === 'running');
}

function notPermitted(id: string): Ec2Error {
  return new Ec2Error(
    'OperationNotPermitted',
    `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
  );
}
