import type { Fault } from '../../errors';
import type { DryRunAnswer } from '../../model/region';
import type { Answer, PoolFacts, Unanswered } from './facts';
import { finding, type CheckedPool, type Finding } from './finding';

/** Two calls that are refused for one reason are one finding. */
export function launchFindings(pool: CheckedPool, { tries }: PoolFacts): readonly Finding[] {
  const found = tries.flatMap(({ action, answer }) => (answer.known ? refusal(pool, action, answer.value) : []));
  return found.filter(
    ({ code }, at) => code === 'launch-forbidden' || found.findIndex((it) => it.code === code) === at,
  );
}

function refusal(pool: CheckedPool, action: string, answer: DryRunAnswer): readonly Finding[] {
  if (answer.kind === 'allowed') return [];
  const what = `${action}: ${answer.fault.message}`;
  switch (answer.kind) {
    case 'forbidden':
      return [finding(pool, 'launch-forbidden', 'launch', what)];
    case 'no-spot-role':
      return [finding(pool, 'spot-role-missing', 'launch.capacity', what)];
    case 'refused':
      return [finding(pool, answer.fault.retryable ? 'launch-short' : 'launch-refused', 'launch', what)];
  }
}

/** Whatever else EC2 says of that instance (it ended, it is protected) says nothing about the role. */
export function terminateFindings(cluster: string, answer: Answer<DryRunAnswer> | null): readonly Finding[] {
  if (!answer?.known || answer.value.kind !== 'forbidden') return [];
  const what = `TerminateInstances: ${answer.value.fault.message}`;
  return [finding({ cluster }, 'terminate-forbidden', 'ec2', what)];
}

/** What the service itself cannot do without is a problem; of all the rest nobody knows whether it is right. */
export function unansweredFindings(cluster: string, unanswered: readonly Unanswered[]): readonly Finding[] {
  const lost = unanswered.find(({ fault, permission }) => isLost(fault) && permission.startsWith('ec2:'));
  const unreachable = lost ? [finding({ cluster }, 'ec2-unreachable', 'ec2', lost.fault.message)] : [];
  const others = unanswered.filter(({ fault, permission }) => !(isLost(fault) && permission.startsWith('ec2:')));
  return [...unreachable, ...others.map((it) => unknown(cluster, it))];
}

const NEEDED = ['ec2:DescribeInstances', 'ec2:DescribeInstanceStatus'];

function unknown(cluster: string, { pool, about, permission, fault }: Unanswered): Finding {
  const isForbidden = fault.code === 'ec2-unauthorized';
  const place = { cluster, ...(pool === null ? {} : { pool }) };
  if (isForbidden && NEEDED.includes(permission)) return finding(place, 'observe-forbidden', 'ec2', fault.message);
  const needs = isForbidden ? `, which needs ${permission}` : '';
  return finding(place, 'not-checked', pool === null ? 'ec2' : 'launch', `${about}${needs}: ${fault.message}`);
}

function isLost({ code }: Fault): boolean {
  return code === 'ec2-unreachable';
}
