import type { RequestListener } from 'node:http';
import { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import { imdsHandler } from '../../simulator/imds/imds-handler';
import { startLoopbackServer } from '../../simulator/loopback-server';
import { FakeClock } from '../support/fake-clock';

/** What stands in for IMDS: undefined leaves it to the simulator's. */
export type Trouble = (path: string) => RequestListener | undefined;

export const PATHS = {
  token: '/api/token',
  interruption: '/spot/instance-action',
  maintenance: '/events/maintenance/scheduled',
  rebalance: '/events/recommendations/rebalance',
} as const;

/** The simulator's IMDS with one spot instance, and whatever goes wrong with it. */
export async function troubledImds() {
  const clock = new FakeClock(Date.now());
  const cloud = new Ec2Cloud({ clock, pendingMs: 0 });
  const [machine] = cloud.runInstances({
    imageId: 'ami-1',
    instanceType: 'm6i.large',
    minCount: 1,
    maxCount: 1,
    capacityType: 'spot',
    tags: {},
  });
  const id = machine?.id ?? '';
  cloud.runAll();
  const answers: { readonly path: string; readonly status: number }[] = [];
  let trouble: Trouble = () => undefined;
  const imds = imdsHandler(cloud);
  const server = await startLoopbackServer((request, response) => {
    const path = request.url ?? '';
    response.once('finish', () => answers.push({ path, status: response.statusCode }));
    (trouble(path) ?? imds)(request, response);
  });
  return {
    clock,
    cloud,
    id,
    url: `${server.url}/${id}`,
    /** From now on; without any all is well. */
    plays: (next: Trouble = () => undefined) => void (trouble = next),
    /** How often a path was answered so. */
    answered: (path: string, status: number) =>
      answers.filter((answer) => answer.path.endsWith(path) && answer.status === status).length,
    close: () => server.close(),
  };
}

export type TroubledImds = Awaited<ReturnType<typeof troubledImds>>;

export function answering(path: string, status: number, body: string | Buffer = ''): Trouble {
  return (asked) => (asked.endsWith(path) ? (_request, response) => response.writeHead(status).end(body) : undefined);
}

/** Takes the connection and breaks it, as an address behind which nobody is. */
export const away: Trouble = () => (request) => request.socket.destroy();

/** Never answers. */
export function hanging(path: string): Trouble {
  return (asked) => (asked.endsWith(path) ? () => undefined : undefined);
}
