import { SmartScaleError } from '../../webhook/errors';
import {
  smartScaleErrorOf,
  verdictOf,
  faultOfFleetError,
  isUnknownInstance,
  nameOfError,
} from '../../webhook/adapters/ec2/error-table';
import { answerWithoutErrors } from '../../webhook/adapters/ec2/fleet-answer';
import { refusalsOf } from '../../webhook/adapters/ec2/refusal';
import { endingOf } from '../../webhook/adapters/ec2/state-reason';
import { TAGS } from '../../webhook/model/names';
import type { Notice } from '../../webhook/model/notice';
import { isAlive, type Instance } from '../../webhook/model/observation';
import type { SpotPrice } from '../../webhook/model/price';
import type { Ec2Port, FleetAnswer, FleetRequest } from '../../webhook/ports';
import { Ec2Cloud, type Ec2CloudOptions } from '../../simulator/ec2/ec2-cloud';
import { Ec2Error } from '../../simulator/ec2/ec2-error';
import type { SimInstance } from '../../simulator/ec2/ec2-types';
import type { FleetResult } from '../../simulator/ec2/fleet';
import type { FleetInput } from '../../simulator/ec2/fleet-input';
import type { FailureOptions, LoggedRequest } from '../../simulator/ec2/request-gate';

/** The calls as EC2 names them; listInstances and describeInstances are both DescribeInstances. */
export type Ec2Action =
  | 'CreateFleet'
  | 'RunInstances'
  | 'DescribeInstances'
  | 'DescribeInstanceStatus'
  | 'DescribeSpotPriceHistory'
  | 'GetConsoleOutput'
  | 'TerminateInstances';

/**
 * The EC2 port on the simulator's core, without HTTP, SDK or timers: honest about tokens, capacity and states.
 * Instances stay pending until the clock has moved by `pendingMs`, or until `runAll()`.
 * The finer knobs (capacity, quotas, protection, events) are those of `cloud`.
 */
export class FakeEc2 implements Ec2Port {
  readonly cloud: Ec2Cloud;

  /** On a cloud of its own, or on the one that is given. */
  constructor(options: Ec2CloudOptions | Ec2Cloud) {
    this.cloud = options instanceof Ec2Cloud ? options : new Ec2Cloud(options);
  }

  /** Everything that EC2 lists now, of whatever cluster. */
  get instances(): readonly Instance[] {
    return this.cloud.instances.map(instanceOf);
  }

  /** What reached EC2, oldest first. */
  get requests(): readonly LoggedRequest[] {
    return this.cloud.gate.requests;
  }

  /** EC2's error name, such as `RequestLimitExceeded`; nothing is applied. */
  failNext(action: Ec2Action, code: string, options?: FailureOptions): void {
    this.cloud.gate.failNext(action, code, options);
  }

  /** Applied, and then nobody hears of it. */
  loseNextReply(action: Ec2Action, times?: number): void {
    this.cloud.gate.loseNextReply(action, times);
  }

  /** No answer until `releaseHung()`. */
  hangNext(action: Ec2Action, times?: number): void {
    this.cloud.gate.hangNext(action, times);
  }

  releaseHung(): void {
    this.cloud.gate.releaseHung();
  }

  makeUnreachable(unreachable = true): void {
    this.cloud.gate.setUnreachable(unreachable);
  }

  /** All pending instances run from now on. */
  runAll(): void {
    this.cloud.runAll();
  }

  /** All that shut down are terminated now. */
  finishTerminations(): void {
    this.cloud.finishTerminations();
  }

  /** A person or AWS ends it. */
  terminateByHand(id: string): void {
    this.cloud.terminateByHand(id);
  }

  listInstances(cluster: string): Promise<readonly Instance[]> {
    return this.call('DescribeInstances', { cluster }, () =>
      this.cloud.truncated(this.instances.filter(({ tags }) => tags[TAGS.cluster] === cluster)),
    );
  }

  async describeInstances(ids: readonly string[]): Promise<readonly Instance[]> {
    if (ids.length === 0) return [];
    return this.call('DescribeInstances', { ids }, () =>
      this.cloud.truncated(this.instances.filter(({ id }) => ids.includes(id))),
    );
  }

  async notices(ids: readonly string[]): Promise<readonly Notice[]> {
    if (ids.length === 0) return [];
    return this.call('DescribeInstanceStatus', { ids }, () =>
      this.cloud.instances
        .filter(({ id, state }) => ids.includes(id) && state === 'running')
        .flatMap(({ id, notice }) => (notice ? [{ instanceId: id, ...notice }] : [])),
    );
  }

  async spotPrices(types: readonly string[], at: number): Promise<readonly SpotPrice[]> {
    if (types.length === 0) return [];
    return this.call('DescribeSpotPriceHistory', { types, at }, () => {
      const entries = this.cloud.spotPricesBetween(at, this.cloud.now()).filter(({ type }) => types.includes(type));
      const newest = new Map(entries.map((entry) => [`${entry.zone}/${entry.type}`, entry]));
      return [...newest.values()].map(({ type, zone, price, since }) => ({ type, zone, dollarsPerHour: price, since }));
    });
  }

  async consoleOutput(id: string): Promise<string | null> {
    const { text } = await this.call('GetConsoleOutput', { id }, () => this.cloud.consoleOutput(id, false));
    return text === '' ? null : text;
  }

  async createFleet(request: FleetRequest, token: string): Promise<FleetAnswer> {
    try {
      if (request.call === 'RunInstances') return await this.run(request, token);
      const result = await this.attempt('CreateFleet', { request, token }, () =>
        this.cloud.createFleet(fleetInput(request, token)),
      );
      return answerOf(result, request);
    } catch (error) {
      const { outcome, fault } = verdictOf(error);
      if (outcome === 'unknown') return { kind: 'unknown', fault };
      return { kind: 'refused', fault, refusals: refusalsOf(nameOfError(error), {}, request) };
    }
  }

  private async run(request: FleetRequest, token: string): Promise<FleetAnswer> {
    const { template, overrides, count, capacity, tags } = request;
    const [{ instanceType = '', subnetId = '' } = {}] = overrides;
    const input = { clientToken: token, template, instanceType, subnetId, minCount: 1, maxCount: count, tags };
    const launched = await this.attempt('RunInstances', { request, token }, () =>
      this.cloud.runInstances({ ...input, capacityType: capacity }),
    );
    return answerWithoutErrors(
      launched.map(({ id, zone }) => ({ id, zone })),
      request,
    );
  }

  async terminate(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.call('TerminateInstances', { ids }, () => {
      const failures = ids.flatMap((id) => this.terminateOne(id));
      if (failures[0]) throw failures[0];
    });
  }

  private terminateOne(id: string): readonly Error[] {
    try {
      this.cloud.terminateInstances([id]);
      return [];
    } catch (error) {
      const failure = asSdkError(error);
      return isUnknownInstance(failure) ? [] : [failure];
    }
  }

  private async call<T>(action: Ec2Action, params: Record<string, unknown>, apply: () => T): Promise<T> {
    try {
      return await this.attempt(action, params, apply);
    } catch (error) {
      throw smartScaleErrorOf(error);
    }
  }

  /** One request on its way there and back, with the trouble that is in store for it. */
  private async attempt<T>(action: Ec2Action, params: Record<string, unknown>, apply: () => T): Promise<T> {
    await Promise.resolve();
    const trouble = this.cloud.gate.admit(action, params, this.cloud.now());
    try {
      if (trouble?.kind === 'fail') throw trouble.error;
      if (trouble?.kind === 'lose-reply') apply();
      if (trouble?.kind === 'hang') await trouble.released;
      if (trouble) throw new SmartScaleError('ec2-unreachable', `${action}: socket hang up`);
      return apply();
    } catch (error) {
      throw asSdkError(error);
    }
  }
}

/** As the SDK shows an error of EC2, so that the same table judges both. */
function asSdkError(error: unknown): Error {
  if (error instanceof Ec2Error) {
    return Object.assign(new Error(error.message), {
      Code: error.code,
      $metadata: { httpStatusCode: error.status },
    });
  }
  return error instanceof Error ? error : new Error(String(error));
}

function fleetInput({ template, overrides, count, capacity, tags }: FleetRequest, clientToken: string): FleetInput {
  return {
    clientToken,
    type: 'instant',
    configs: [{ template, overrides }],
    total: count,
    defaultCapacityType: capacity,
    fixed: {},
    strategies: { spot: 'price-capacity-optimized', 'on-demand': 'lowest-price' },
    tags: { instance: tags, fleet: tags },
  };
}

function answerOf({ launched, errors }: FleetResult, request: FleetRequest): FleetAnswer {
  const faults = errors.map(({ error }) => faultOfFleetError(error.code, error.message));
  const instances = launched.flatMap((launch) => launch.instances.map(({ id, zone }) => ({ id, zone })));
  const refusals = errors.flatMap(({ error, pool }) => refusalsOf(error.code, pool.override, request));
  if (instances.length > 0) return { kind: 'launched', instances, faults, refusals };
  const worthARetry = faults.find(({ retryable }) => retryable) ?? faults[0];
  if (!worthARetry) throw new Error('A fleet without instances and without errors');
  return { kind: 'refused', fault: worthARetry, refusals };
}

function instanceOf({ id, state, zone, type, lifecycle, launchedAt, tags, ...end }: SimInstance): Instance {
  const ending = isAlive({ state }) ? {} : { ending: endingOf(end.stateReason?.code) };
  return { id, state, zone, type, lifecycle, launchedAt, ...endOf(end), ...ending, tags };
}

/** EC2 says it of what a person or we ended, in whole seconds. */
function endOf({ endedAt, stateReason }: Pick<SimInstance, 'endedAt' | 'stateReason'>): Pick<Instance, 'endedAt'> {
  if (endedAt === undefined || !stateReason?.code.startsWith('Client.User')) return {};
  return { endedAt: Math.floor(endedAt / 1000) * 1000 };
}
