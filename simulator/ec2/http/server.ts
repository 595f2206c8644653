import { type LoopbackServer, startLoopbackServer } from '../../loopback-server';
import type { Ec2Cloud } from '../ec2-cloud';
import { ec2Handler } from './handler';

/** Serves the cloud on a free port of loopback; `url` is the endpoint for an SDK client. */
export function startEc2Server(cloud: Ec2Cloud): Promise<LoopbackServer> {
  return startLoopbackServer(ec2Handler(cloud));
}
