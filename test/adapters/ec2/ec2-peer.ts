import { Ec2Cloud, type Ec2CloudOptions } from '../../../simulator/ec2/ec2-cloud';
import { startEc2Server } from '../../../simulator/ec2/http/server';
import { Ec2Adapter } from '../../../webhook/adapters/ec2/ec2-adapter';
import { makeEc2Client } from '../../../webhook/adapters/ec2/ec2-client';

export interface Ec2Peer {
  readonly port: Ec2Adapter;
  readonly cloud: Ec2Cloud;
  stop(): Promise<void>;
}

interface PeerOptions {
  readonly maxAttempts?: number;
  readonly requestTimeoutMs?: number;
  readonly settings?: Omit<Ec2CloudOptions, 'clock'>;
}

/** The adapter as it ships, against the simulator. */
export async function startPeer({ settings, ...client }: PeerOptions = {}): Promise<Ec2Peer> {
  const cloud = new Ec2Cloud({ clock: Date, ...settings });
  const server = await startEc2Server(cloud);
  const { port, stop } = adapterTo(server.url, client);
  return {
    port,
    cloud,
    stop: async () => {
      stop();
      await server.close();
    },
  };
}

export function adapterTo(endpoint: string, options: Omit<PeerOptions, 'settings'> = {}) {
  const credentials = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };
  const client = makeEc2Client({ region: 'eu-central-1', endpoint, credentials, ...options });
  return { port: new Ec2Adapter(client), stop: () => client.destroy() };
}
