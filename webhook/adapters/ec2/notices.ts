import type { InstanceStatusEvent, SpotInstanceRequest } from '@aws-sdk/client-ec2';
import type { Notice } from '../../model/notice';

/** Between the notice and the end of a spot instance: EC2 User Guide, "Spot Instance interruption notices". Milliseconds. */
const WARNING = 120_000;

/** Codes of DescribeSpotInstanceRequests: EC2 User Guide, "Spot request status". */
const MARKED = new Set(['marked-for-termination', 'marked-for-stop']);

/** Scheduled events that take the machine away; those that only reboot it do not. SDK: EventCode. */
const LEAVING = new Set(['instance-retirement', 'instance-stop', 'system-maintenance']);

export function spotNotice({ InstanceId, Status }: SpotInstanceRequest): readonly Notice[] {
  if (InstanceId === undefined || !MARKED.has(Status?.Code ?? '')) return [];
  const since = Status?.UpdateTime?.getTime();
  return since === undefined ? [] : [{ instanceId: InstanceId, kind: 'interruption', at: since + WARNING }];
}

/** The first of the events that still stand: EC2 leaves finished and withdrawn ones in the list and says so in front. */
export function eventNotice(instanceId: string | undefined, events: readonly InstanceStatusEvent[]): readonly Notice[] {
  if (instanceId === undefined) return [];
  const times = events
    .filter(({ Code, Description = '' }) => LEAVING.has(Code ?? '') && !/^\[(Completed|Canceled)\]/i.test(Description))
    .flatMap(({ NotBefore }) => NotBefore?.getTime() ?? []);
  return times.length === 0 ? [] : [{ instanceId, kind: 'maintenance', at: Math.min(...times) }];
}
