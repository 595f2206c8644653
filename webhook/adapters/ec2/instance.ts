import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import { SmartScaleError } from '../../errors';
import { isAlive, type Instance, type InstanceState } from '../../model/observation';
import { endingOf } from './state-reason';

const STATES: ReadonlySet<string> = new Set<InstanceState>([
  'pending',
  'running',
  'shutting-down',
  'terminated',
  'stopping',
  'stopped',
]);

/** An instance that cannot be read fails the whole list: leaving it out would count one too few. */
export function instanceOf(source: Ec2Instance): Instance {
  const { InstanceId: id, LaunchTime: launched } = source;
  const state = source.State?.Name;
  if (id === undefined || launched === undefined || !isState(state)) {
    throw new SmartScaleError('internal', `EC2 listed an instance that cannot be read: ${id} in state ${state}`);
  }
  return {
    id,
    state,
    zone: source.Placement?.AvailabilityZone ?? '',
    type: source.InstanceType ?? '',
    lifecycle: source.InstanceLifecycle === 'spot' ? 'spot' : 'on-demand',
    launchedAt: launched.getTime(),
    ...endOf(source),
    tags: Object.fromEntries((source.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    ...whyOf(source, state),
  };
}

/** "User initiated (2026-11-22 03:32:18 GMT)": EC2 has no field for it. */
const ENDED = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT\)/;

function endOf({ State, StateTransitionReason = '' }: Ec2Instance): Pick<Instance, 'endedAt'> {
  const [, day, time] = ENDED.exec(StateTransitionReason) ?? [];
  // Of an instance that was started again it tells of the stop before.
  if (State?.Name === 'running' || State?.Name === 'pending' || day === undefined) return {};
  return { endedAt: Date.parse(`${day}T${time}Z`) };
}

function whyOf({ StateReason }: Ec2Instance, state: InstanceState): Pick<Instance, 'ending'> {
  return isAlive({ state }) ? {} : { ending: endingOf(StateReason?.Code) };
}

function isState(name: string | undefined): name is InstanceState {
  return name !== undefined && STATES.has(name);
}
