import { isInstalled } from '../../worker/notices-unit';
import { startMachine, type Machine } from './machine';
import { BUCKET, PREFIX } from './sandbox';

export const CAN_SERVE = ['bash', 'curl', 'sha512sum', 'tar', 'openssl', 'flock'].every(isInstalled);
export const UNABLE_TO_SERVE = CAN_SERVE
  ? ''
  : ' (skipped: bash, curl, sha512sum, tar, openssl or flock is not on PATH)';
export const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:smartscale-shop';

/** As CDKTF writes it. */
export const POOL = {
  min: 2,
  max: 10,
  node: { allocatable: { cpu: '1930m', memory: '7Gi' } },
  launch: {
    template: { id: 'lt-0123456789abcdef0', version: '3' },
    subnets: [{ id: 'subnet-0123456789abcdef0', zone: 'eu-central-1a' }],
    instanceTypes: ['m6i.large'],
    capacity: 'spot',
  },
};

/** A machine that is to be the server, with the parameters that CDKTF wrote. */
export async function newServer(): Promise<Machine> {
  const made = await startMachine();
  made.parameters.put(
    `${PREFIX}config/cluster`,
    JSON.stringify({ region: 'eu-central-1', table: 'smartscale', bucket: BUCKET, topic: TOPIC }),
  );
  made.parameters.put(`${PREFIX}config/pools/workers`, JSON.stringify(POOL));
  return made;
}
