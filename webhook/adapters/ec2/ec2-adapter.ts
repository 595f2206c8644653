import {
  CreateFleetCommand,
  DescribeInstanceStatusCommand,
  DescribeSpotInstanceRequestsCommand,
  type EC2Client,
  type Filter,
  GetConsoleOutputCommand,
  type GetConsoleOutputCommandOutput,
  paginateDescribeInstances,
  RunInstancesCommand,
  paginateDescribeSpotPriceHistory,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { SmartScaleError } from '../../errors';
import { TAGS } from '../../model/names';
import type { Notice } from '../../model/notice';
import type { Instance } from '../../model/observation';
import type { SpotPrice } from '../../model/price';
import type { Ec2Port, FleetAnswer, FleetRequest } from '../../ports';
import {
  isAboutOneInstance,
  isLatestRefused,
  isUnknownInstance,
  nameOfError,
  smartScaleErrorOf,
  verdictOf,
} from './error-table';
import { fleetAnswer, runAnswer } from './fleet-answer';
import { fleetInput, runInput } from './fleet-request';
import { instanceOf } from './instance';
import { eventNotice, spotNotice } from './notices';
import { refusalsOf } from './refusal';
import { LINUX, newestPrices, spotPriceOf } from './spot-prices';

/** EC2 takes 200 values in a filter and 1,000 ids in a call; a failed batch is repeated id by id, so keep it small. */
const BATCH = 100;
/** Without MaxResults EC2 throttles sooner and may time out. */
const PAGE = 1000;
/** Bytes: as much as EC2 keeps. */
const LONGEST_CONSOLE = 65_536;

/** The EC2 port on the AWS SDK. Rejects with SmartScaleError only; createFleet never rejects. */
export class Ec2Adapter implements Ec2Port {
  constructor(private readonly client: EC2Client) {}

  async listInstances(cluster: string): Promise<readonly Instance[]> {
    return this.describe({ Name: `tag:${TAGS.cluster}`, Values: [literal(cluster)] });
  }

  /**
   * By filter, not by parameter: one unknown id among InstanceIds fails the call and says nothing about the others,
   * while a filter leaves it out. With a filter the answer can be paged, too.
   */
  async describeInstances(ids: readonly string[]): Promise<readonly Instance[]> {
    const found: Instance[] = [];
    for (const batch of batches(ids)) {
      found.push(...(await this.describe({ Name: 'instance-id', Values: batch.map(literal) })));
    }
    return found;
  }

  async notices(ids: readonly string[]): Promise<readonly Notice[]> {
    try {
      const found: Notice[] = [];
      for (const batch of batches(ids)) found.push(...(await this.noticesOf(batch)));
      return found;
    } catch (error) {
      throw smartScaleErrorOf(error);
    }
  }

  /** What one of the two tells holds, whatever becomes of the other; that there is nothing holds only when both say so. */
  private async noticesOf(ids: readonly string[]): Promise<readonly Notice[]> {
    const answers = await Promise.allSettled([this.spotNotices(ids), this.eventNotices(ids)]);
    const told = answers.flatMap((it) => (it.status === 'fulfilled' ? it.value : []));
    const failed = answers.find((it) => it.status === 'rejected');
    if (failed && told.length === 0) throw failed.reason;
    return told;
  }

  private async spotNotices(ids: readonly string[]): Promise<readonly Notice[]> {
    const Filters = [{ Name: 'instance-id', Values: ids.map(literal) }];
    const { SpotInstanceRequests } = await this.client.send(new DescribeSpotInstanceRequestsCommand({ Filters }));
    if (SpotInstanceRequests === undefined) throw notEc2('DescribeSpotInstanceRequests');
    return SpotInstanceRequests.flatMap(spotNotice);
  }

  /** Of an instance that EC2 does not know it tells nothing, and of the others nothing either: then each half is asked about. */
  private async eventNotices(ids: readonly string[]): Promise<readonly Notice[]> {
    try {
      return await this.eventNoticesOf(ids);
    } catch (error) {
      if (!isUnknownInstance(error)) throw error;
      if (ids.length === 1) return [];
    }
    const middle = Math.ceil(ids.length / 2);
    const halves = [ids.slice(0, middle), ids.slice(middle)];
    return (await Promise.all(halves.map((half) => this.eventNotices(half)))).flat();
  }

  private async eventNoticesOf(ids: readonly string[]): Promise<readonly Notice[]> {
    const input = { InstanceIds: [...ids], IncludeAllInstances: true };
    const { InstanceStatuses } = await this.client.send(new DescribeInstanceStatusCommand(input));
    if (InstanceStatuses === undefined) throw notEc2('DescribeInstanceStatus');
    return InstanceStatuses.flatMap(({ InstanceId, Events = [] }) => eventNotice(InstanceId, Events));
  }

  async spotPrices(types: readonly string[], at: number): Promise<readonly SpotPrice[]> {
    try {
      const found: SpotPrice[] = [];
      for (const batch of batches(types)) found.push(...(await this.spotPricesOf(batch, at)));
      return newestPrices(found);
    } catch (error) {
      throw smartScaleErrorOf(error);
    }
  }

  async consoleOutput(id: string): Promise<string | null> {
    try {
      const { Output = '' } = await this.console(id);
      const text = Buffer.from(Output, 'base64').subarray(-LONGEST_CONSOLE).toString('utf8');
      return text === '' ? null : text;
    } catch (error) {
      throw smartScaleErrorOf(error);
    }
  }

  /** By filter: a type that the region does not have would spoil the call for the others. */
  private async spotPricesOf(types: readonly string[], at: number): Promise<readonly SpotPrice[]> {
    const Filters = [{ Name: 'instance-type', Values: types.map(literal) }];
    const asked = { Filters, ProductDescriptions: LINUX, StartTime: new Date(at) };
    const found: SpotPrice[] = [];
    for await (const page of paginateDescribeSpotPriceHistory({ client: this.client, pageSize: PAGE }, asked)) {
      if (page.SpotPriceHistory === undefined) throw notEc2('DescribeSpotPriceHistory');
      found.push(...page.SpotPriceHistory.flatMap(spotPriceOf));
    }
    return found;
  }

  private async console(id: string): Promise<GetConsoleOutputCommandOutput> {
    try {
      return await this.client.send(new GetConsoleOutputCommand({ InstanceId: id, Latest: true }));
    } catch (error) {
      if (!isLatestRefused(error)) throw error;
      return this.client.send(new GetConsoleOutputCommand({ InstanceId: id }));
    }
  }

  async createFleet(request: FleetRequest, token: string): Promise<FleetAnswer> {
    try {
      if (request.call === 'RunInstances') {
        return runAnswer(await this.client.send(new RunInstancesCommand(runInput(request, token))), request);
      }
      return fleetAnswer(await this.client.send(new CreateFleetCommand(fleetInput(request, token))), request);
    } catch (error) {
      const { fault, outcome } = verdictOf(error);
      if (outcome === 'unknown') return { kind: 'unknown', fault };
      return { kind: 'refused', fault, refusals: refusalsOf(nameOfError(error), {}, request) };
    }
  }

  /** Ends everything that can be ended, also when one of the ids cannot: that one is then reported. */
  async terminate(ids: readonly string[]): Promise<void> {
    const failures: unknown[] = [];
    try {
      for (const batch of batches(ids)) failures.push(...(await this.terminateBatch(batch)));
    } catch (error) {
      throw smartScaleErrorOf(error);
    }
    if (failures.length > 0) throw smartScaleErrorOf(failures[0]);
  }

  /** One bad id fails its whole batch: then each gets a call of its own. Answers with those that cannot be ended. */
  private async terminateBatch(ids: readonly string[]): Promise<readonly unknown[]> {
    try {
      await this.send(ids);
      return [];
    } catch (error) {
      if (!isAboutOneInstance(error)) throw error;
      if (ids.length === 1) return isUnknownInstance(error) ? [] : [error];
    }
    const failures: unknown[] = [];
    for (const id of ids) failures.push(...(await this.terminateBatch([id])));
    return failures;
  }

  private async send(ids: readonly string[]): Promise<void> {
    const { TerminatingInstances } = await this.client.send(new TerminateInstancesCommand({ InstanceIds: [...ids] }));
    if (TerminatingInstances === undefined) throw notEc2('TerminateInstances');
  }

  private async describe(filter: Filter): Promise<readonly Instance[]> {
    const found: Instance[] = [];
    try {
      for await (const page of paginateDescribeInstances(
        { client: this.client, pageSize: PAGE },
        { Filters: [filter] },
      )) {
        if (page.Reservations === undefined) throw notEc2('DescribeInstances');
        for (const { Instances = [] } of page.Reservations) found.push(...Instances.map(instanceOf));
      }
    } catch (error) {
      throw smartScaleErrorOf(error);
    }
    return found;
  }
}

/** An empty or foreign body of status 200 parses as an empty answer: "no instances" would be a lie. */
function notEc2(action: string): SmartScaleError {
  return new SmartScaleError('ec2-unreachable', `What answered ${action} was not EC2.`);
}

function batches(ids: readonly string[]): readonly (readonly string[])[] {
  const distinct = [...new Set(ids)];
  return Array.from({ length: Math.ceil(distinct.length / BATCH) }, (_, index) =>
    distinct.slice(index * BATCH, (index + 1) * BATCH),
  );
}

/** In filter values `*` and `?` are wildcards. */
function literal(value: string): string {
  return value.replace(/[\\*?]/g, '\\$&');
}
