import type { SimInstance } from '../ec2/ec2-types';

/** Epoch milliseconds of what EC2 has announced to a machine. */
export interface MachineNotices {
  readonly interruption?: number;
  readonly maintenance?: number;
  readonly rebalance?: number;
}

const KINDS = ['interruption', 'maintenance', 'rebalance'] as const;

export function noticesOf({ notice, rebalanceAt }: Pick<SimInstance, 'notice' | 'rebalanceAt'>): MachineNotices {
  return {
    ...(notice ? { [notice.kind]: notice.at } : {}),
    ...(rebalanceAt === undefined ? {} : { rebalance: rebalanceAt }),
  };
}

/** The file that k3s/worker/smartscale-notices.sh writes when all its questions were answered at that time, byte for byte. */
export function noticesText(checkedAt: number, notices: MachineNotices): string {
  const checked = family(
    'smartscale_notice_checked_timestamp_seconds',
    'When IMDS last said whether there is a notice of this kind, in unixtime.',
    { interruption: checkedAt, maintenance: checkedAt, rebalance: checkedAt },
  );
  const told = family(
    'smartscale_notice_timestamp_seconds',
    'When EC2 takes this machine, or recommended to leave it (rebalance), in unixtime.',
    notices,
  );
  return checked + told;
}

/** Plain digits: it is a shell that writes them, not Go. */
function family(name: string, help: string, times: MachineNotices): string {
  const series = KINDS.flatMap((kind) => {
    const at = times[kind];
    return at === undefined ? [] : [`${name}{kind="${kind}"} ${Math.floor(at / 1000)}\n`];
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${series.join('')}`;
}
