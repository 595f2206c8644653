import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SmartScaleError } from '../../errors';
import type { Capacity } from '../../model/offering';
import type { Ec2ClientOptions } from './ec2-client';

/** vCPUs of standard families (A, C, D, H, I, M, R, T, Z) together, by capacity type. */
const CODES: Readonly<Record<Capacity, string>> = { 'on-demand': 'L-1216C47A', spot: 'L-34B43A08' };

export function makeQuotasClient(options: Ec2ClientOptions): ServiceQuotasClient {
  const { region, endpoint, credentials, maxAttempts = 4, requestTimeoutMs = 30_000 } = options;
  return new ServiceQuotasClient({
    region,
    maxAttempts,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    requestHandler: { connectionTimeout: 3_000, requestTimeout: requestTimeoutMs, throwOnRequestTimeout: true },
  });
}

export async function vcpuQuota(client: ServiceQuotasClient, capacity: Capacity): Promise<number> {
  const { Quota } = await client.send(new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: CODES[capacity] }));
  if (Quota?.Value === undefined) {
    throw new SmartScaleError('ec2-unreachable', 'What answered GetServiceQuota was not Service Quotas.');
  }
  return Quota.Value;
}
