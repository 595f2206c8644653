import { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import { FakePreflight } from '../fakes/fake-preflight';
import { preflightContract } from './preflight-contract';

preflightContract('the fake', (settings) => {
  const cloud = new Ec2Cloud({ clock: { now: () => Date.UTC(2026, 0, 5, 12) }, ...settings });
  return Promise.resolve({ port: new FakePreflight(cloud), cloud, stop: () => Promise.resolve() });
});
