import { randomUUID } from 'node:crypto';
import type { Ec2Cloud } from '../ec2/ec2-cloud';
import type { Ec2Error } from '../ec2/ec2-error';
import type { CapacityType } from '../ec2/ec2-types';
import type { Answer } from '../ec2/http/answer';
import type { Call } from '../ec2/http/call';

/** vCPUs of the standard families, by the codes of Service Quotas. */
const QUOTAS: ReadonlyMap<string, { readonly name: string; readonly of: CapacityType }> = new Map([
  ['L-1216C47A', { name: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', of: 'on-demand' }],
  ['L-34B43A08', { name: 'All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests', of: 'spot' }],
]);

/** JSON has no word for "without limit". */
const MOST = 1_000_000;

/** One call of AWS' JSON 1.1 protocol; `target` is `ServiceQuotasV20190624.` and the action. */
export function quotasCall(cloud: Ec2Cloud, target: string, body: string): Call {
  const action = target.split('.').at(-1) ?? '';
  const params = asked(body);
  return { action, params, answer: () => answer(cloud, action, params), failed };
}

/** What is no JSON asks for nothing. */
function asked(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function answer(cloud: Ec2Cloud, action: string, params: Call['params']): Answer {
  if (action !== 'GetServiceQuota') return problem(400, 'UnknownOperationException', `${action} is not simulated.`);
  const { ServiceCode, QuotaCode } = params;
  const known = QUOTAS.get(String(QuotaCode));
  if (ServiceCode !== 'ec2' || !known) {
    return problem(400, 'NoSuchResourceException', 'The specified quota does not exist.');
  }
  return answered(200, {
    Quota: {
      ServiceCode,
      ServiceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
      QuotaArn: `arn:aws:servicequotas:${cloud.settings.region}:123456789012:ec2/${String(QuotaCode)}`,
      QuotaCode,
      QuotaName: known.name,
      Value: Math.min(cloud.quota(known.of), MOST),
      Unit: 'None',
      Adjustable: true,
      GlobalQuota: false,
    },
  });
}

/** Services of this protocol have a name of their own for a missing permission. */
function failed({ code, message, status }: Ec2Error): Answer {
  if (code === 'UnauthorizedOperation') return problem(400, 'AccessDeniedException', message);
  return problem(status, code, message);
}

function problem(status: number, type: string, message: string): Answer {
  return answered(status, { __type: type, Message: message });
}

function answered(status: number, body: object): Answer {
  return { status, requestId: randomUUID(), contentType: 'application/x-amz-json-1.1', body: JSON.stringify(body) };
}
