import { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import { startEc2Server } from '../../simulator/ec2/http/server';
import { makeEc2Client } from '../../webhook/adapters/ec2/ec2-client';
import { PreflightAdapter } from '../../webhook/adapters/ec2/preflight';
import { makeQuotasClient } from '../../webhook/adapters/ec2/quotas';
import { preflightContract } from './preflight-contract';

/** One try per call: what the SDK's own repetitions do is tested with the adapter. */
preflightContract('the AWS SDK and the simulator over HTTP', async (settings) => {
  const cloud = new Ec2Cloud({ clock: { now: () => Date.UTC(2026, 0, 5, 12) }, ...settings });
  const server = await startEc2Server(cloud);
  const options = {
    region: cloud.settings.region,
    endpoint: server.url,
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    maxAttempts: 1,
  };
  const [ec2, quotas] = [makeEc2Client(options), makeQuotasClient(options)];
  return {
    port: new PreflightAdapter(ec2, quotas),
    cloud,
    stop: async () => {
      ec2.destroy();
      quotas.destroy();
      await server.close();
    },
  };
});
