import type { SimInstance } from '../ec2/ec2-types';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** How long an event lasts that takes a machine away, as EC2 announces it. Milliseconds. */
const EVENT_LASTS = 2 * 3_600_000;

/** Below latest/meta-data/ of one machine; null is answered with 404. EC2 User Guide, "Instance metadata categories". */
const META_DATA: Readonly<Record<string, (instance: SimInstance) => string | null>> = {
  'instance-id': ({ id }) => id,
  'instance-type': ({ type }) => type,
  'instance-life-cycle': ({ lifecycle }) => lifecycle,
  'local-ipv4': ({ privateIp }) => privateIp,
  'placement/availability-zone': ({ zone }) => zone,
  'placement/region': ({ zone }) => zone.replace(/[a-z]$/, ''),
  'spot/instance-action': ({ notice }) =>
    notice?.kind === 'interruption' ? JSON.stringify({ action: 'terminate', time: isoTime(notice.at) }) : null,
  'events/recommendations/rebalance': ({ rebalanceAt }) =>
    rebalanceAt === undefined ? null : JSON.stringify({ noticeTime: isoTime(rebalanceAt) }),
  'events/maintenance/scheduled': ({ id, notice }) =>
    JSON.stringify(notice?.kind === 'maintenance' ? [scheduled(id, notice.at)] : [], null, 2),
};

export function metaData(path: string, instance: SimInstance): string | null {
  return Object.hasOwn(META_DATA, path) ? (META_DATA[path]?.(instance) ?? null) : null;
}

/** `2026-01-21T09:00:43Z`: whole seconds, as IMDS says them. */
function isoTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

function scheduled(id: string, at: number): Readonly<Record<string, string>> {
  return {
    NotBefore: eventTime(at),
    Code: 'instance-retirement',
    Description: 'The instance is running on degraded hardware',
    EventId: id.replace('i-', 'instance-event-'),
    NotAfter: eventTime(at + EVENT_LASTS),
    State: 'active',
  };
}

/** `21 Jan 2026 09:00:43 GMT` */
function eventTime(at: number): string {
  const [date = '', time] = isoTime(at).slice(0, 19).split('T');
  const [year, month, day] = date.split('-');
  return `${day} ${MONTHS[Number(month) - 1]} ${year} ${time} GMT`;
}
