import { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import { startEc2Server } from '../../simulator/ec2/http/server';
import { Ec2Adapter } from '../../webhook/adapters/ec2/ec2-adapter';
import { makeEc2Client } from '../../webhook/adapters/ec2/ec2-client';
import { ec2Contract } from './ec2-contract';

/** One try per call: what the SDK's own repetitions do is tested with the adapter. */
ec2Contract('the AWS SDK and the simulator over HTTP', async (settings) => {
  let time = Date.UTC(2026, 0, 5, 12);
  const cloud = new Ec2Cloud({ clock: { now: () => time }, ...settings });
  const server = await startEc2Server(cloud);
  const client = makeEc2Client({
    region: cloud.settings.region,
    endpoint: server.url,
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    maxAttempts: 1,
  });
  return {
    port: new Ec2Adapter(client),
    cloud,
    advance: (ms) => void (time += ms),
    stop: async () => {
      client.destroy();
      await server.close();
    },
  };
});
