import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Ec2Cloud } from '../ec2-cloud';
import { ec2Handler } from './handler';

export interface Ec2Server {
  /** The endpoint for an SDK client. */
  readonly url: string;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Serves the cloud on loopback; port 0 (the default) is a free one. Rejects when the port is taken. */
export async function startEc2Server(cloud: Ec2Cloud, { port = 0 }: { port?: number } = {}): Promise<Ec2Server> {
  const server = createServer(ec2Handler(cloud));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
