import type { ErrorCode } from '../../errors';
import type { Ending } from '../../model/observation';

/** Codes of an instance's StateReason as EC2 documents them, by what they mean to us. */
const CLASSES: Readonly<Record<string, ErrorCode>> = {
  'Server.InsufficientInstanceCapacity': 'ec2-no-capacity',
  'Client.VolumeLimitExceeded': 'ec2-quota',
  'Client.InternalError': 'ec2-volume-key',
  'Client.InvalidSnapshot.NotFound': 'ec2-bad-configuration',
  'Server.SpotInstanceTermination': 'instance-interrupted',
  'Server.SpotInstanceShutdown': 'instance-interrupted',
  'Server.ScheduledStop': 'instance-interrupted',
  'Client.InstanceInitiatedShutdown': 'instance-powered-off',
};

/** Why an instance ended, by the code of its StateReason. What EC2 does not explain, and what people end, is `instance-ended`. */
export function endingOf(code: string | undefined): Ending {
  if (code === undefined) return { code: 'no reason given', class: 'instance-ended' };
  return { code, class: Object.hasOwn(CLASSES, code) ? (CLASSES[code] ?? 'instance-ended') : 'instance-ended' };
}
