import type { Action } from './action';
import { createFleet } from './actions/create-fleet';
import { createTags } from './actions/create-tags';
import { describeImages } from './actions/describe-images';
import { describeInstanceStatus } from './actions/describe-instance-status';
import { describeInstanceTypeOfferings } from './actions/describe-instance-type-offerings';
import { describeInstanceTypes } from './actions/describe-instance-types';
import { describeInstances } from './actions/describe-instances';
import { describeLaunchTemplateVersions, describeLaunchTemplates } from './actions/describe-launch-templates';
import { describeSpotInstanceRequests } from './actions/describe-spot-instance-requests';
import { describeSpotPriceHistory } from './actions/describe-spot-price-history';
import { describeSubnets } from './actions/describe-subnets';
import { getConsoleOutput } from './actions/get-console-output';
import { runInstances } from './actions/run-instances';
import { terminateInstances } from './actions/terminate-instances';

/** Every action that the simulator answers, by its name on the wire. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['CreateFleet', createFleet],
  ['CreateTags', createTags],
  ['DescribeImages', describeImages],
  ['DescribeInstanceStatus', describeInstanceStatus],
  ['DescribeInstanceTypeOfferings', describeInstanceTypeOfferings],
  ['DescribeInstanceTypes', describeInstanceTypes],
  ['DescribeInstances', describeInstances],
  ['DescribeLaunchTemplateVersions', describeLaunchTemplateVersions],
  ['DescribeLaunchTemplates', describeLaunchTemplates],
  ['DescribeSpotInstanceRequests', describeSpotInstanceRequests],
  ['DescribeSpotPriceHistory', describeSpotPriceHistory],
  ['DescribeSubnets', describeSubnets],
  ['GetConsoleOutput', getConsoleOutput],
  ['RunInstances', runInstances],
  ['TerminateInstances', terminateInstances],
]);
