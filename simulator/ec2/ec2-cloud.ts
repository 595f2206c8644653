import type { Offering } from './capacity';
import { Catalogue } from './catalogue';
import { Ec2Error } from './ec2-error';
import type { Announcement, CapacityType, InstanceChange, SimInstance, StateReason, Tags } from './ec2-types';
import { type Filter, filtered } from './filter';
import { type FleetResult, type LaunchWorld, createInstantFleet } from './fleet';
import type { FleetInput } from './fleet-input';
import { INSTANCE_FIELDS } from './instance-fields';
import { InstanceTable } from './instance-table';
import { Launcher } from './launcher';
import { type Page, type PageRequest, pageOf } from './page';
import type { SpotEntry } from './spot-market';
import { RequestGate } from './request-gate';
import { type RunInput, runInstances } from './run-instances';
import { DEFAULT_SETTINGS, type Ec2Settings } from './settings';
import { terminateInstances, type Termination, USER_SHUTDOWN } from './terminate-instances';
import { TokenLedger } from './token-ledger';
import { type Random, seededRandom } from '../random';

export interface Ec2CloudOptions extends Partial<Ec2Settings> {
  /** Epoch milliseconds; the cloud never looks at the system clock. */
  readonly clock: { now(): number };
  /** Where ids come from; seed 1 when absent. */
  readonly random?: Random;
}

export interface InstanceQuery extends PageRequest {
  readonly ids?: readonly string[];
  readonly filters?: readonly Filter[];
}

export interface SpotPriceQuery extends PageRequest {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly select: (entries: readonly SpotEntry[]) => readonly SpotEntry[];
}

/**
 * A simulated EC2 region, in memory, without timers: time passes whenever somebody asks or calls `tick`.
 *
 *   const cloud = new Ec2Cloud({ clock: Date, pendingMs: 500 });   // anything with now()
 *   const server = await startEc2Server(cloud);                     // the query protocol on a free port
 *   cloud.onChange(({ from, instance, at }) => ...);                // launched (from null), running, shutting-down, terminated
 *   setInterval(() => cloud.tick(), 100);                           // or sleep until cloud.nextChangeAt()
 *
 * Without settings: three zones with a subnet each, common instance types, the launch template `lt-0smartscaleworkers`
 * version 1, endless capacity. Actions throw Ec2Error; the trouble of `gate` is played by whoever carries requests.
 * The same seed, clock and calls give the same ids and states. Not simulated: late visibility, network.
 */
export class Ec2Cloud {
  readonly settings: Ec2Settings;
  readonly catalogue: Catalogue;
  /** Log of requests, and failures on demand. */
  readonly gate = new RequestGate();
  private readonly clock: { now(): number };
  private readonly table: InstanceTable;
  private readonly launcher: Launcher;
  private readonly fleets = new TokenLedger<FleetResult>();
  private readonly runs = new TokenLedger<readonly string[]>();
  private readonly consoles = new Map<string, string>();
  private mostShown = Infinity;
  private readonly refusals: string[] = [];

  constructor({ clock, random = seededRandom(1), ...settings }: Ec2CloudOptions) {
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
    this.clock = clock;
    const { subnets, instanceTypes, launchTemplates } = this.settings;
    this.catalogue = new Catalogue(subnets, instanceTypes, launchTemplates);
    this.table = new InstanceTable(this.settings);
    this.launcher = new Launcher(this.table, this.catalogue, random);
  }

  // ------------------------------------------------------------------ actions of the API

  createFleet(input: FleetInput): FleetResult {
    const { clientToken, ...parameters } = input;
    const world = this.world();
    return this.fleets.once(clientToken, parameters, () => {
      this.refuseIfTold();
      return createInstantFleet(input, world);
    });
  }

  /** The instances as they are now, also when the token was used before. */
  runInstances(input: RunInput): readonly SimInstance[] {
    const { clientToken, subnetId, zone, ...parameters } = input;
    const scope = this.catalogue.subnets.find(({ id }) => id === subnetId)?.zone ?? zone ?? '';
    const world = this.world();
    const run = () => {
      this.refuseIfTold();
      return runInstances(input, world).map(({ id }) => id);
    };
    const ids = this.runs.once(clientToken, { ...parameters, subnetId, zone }, run, scope);
    return ids.flatMap((id) => this.table.get(id) ?? []);
  }

  describeInstances({ ids = [], filters = [], ...page }: InstanceQuery): Page<SimInstance> {
    this.tick();
    if (ids.length > 0 && page.maxResults !== undefined) {
      throw new Ec2Error(
        'InvalidParameterCombination',
        'The parameter instancesSet cannot be used with the parameter maxResults',
      );
    }
    const named = ids.length > 0 ? this.table.find(ids) : this.table.all();
    const whole = pageOf(filtered(named, filters, INSTANCE_FIELDS), page, this.settings.maxPageSize);
    const items = this.truncated(whole.items);
    return items.length < whole.items.length ? { items } : whole;
  }

  spotPriceHistory({ from, to, select, ...page }: SpotPriceQuery): Page<SpotEntry> {
    const entries = select(this.spotPricesBetween(from, to)).toReversed();
    const numbered = entries.map((entry, sequence) => ({ ...entry, sequence }));
    return pageOf(numbered, page, this.settings.maxPageSize);
  }

  terminateInstances(ids: readonly string[]): readonly Termination[] {
    return terminateInstances(ids, this.table, this.world().now);
  }

  /** Types of old give only what was collected lately, and refuse the latest. */
  consoleOutput(id: string, latest: boolean): { readonly text: string; readonly at: number } {
    this.tick();
    const [instance] = this.table.find([id]);
    if (latest && /^(t2|m4|c4|r4)\./.test(instance?.type ?? '')) {
      throw new Ec2Error(
        'UnsupportedOperation',
        'This instance type does not support retrieving the latest console logs.',
      );
    }
    return { text: this.consoles.get(id) ?? '', at: this.clock.now() };
  }

  createTags(ids: readonly string[], tags: Tags): void {
    this.tick();
    const reserved = Object.keys(tags).find((key) => key.startsWith('aws:'));
    if (reserved !== undefined) {
      throw new Ec2Error(
        'InvalidParameterValue',
        `Tag keys starting with 'aws:' are reserved for internal use: ${reserved}`,
      );
    }
    for (const { id } of this.table.find(ids)) this.table.tag(id, tags);
  }

  // --------------------------------------------------------------- hands on the simulation

  /** Lets everything happen that is due. */
  tick(now = this.clock.now()): void {
    this.table.advance(now);
  }

  /** When something will change by itself (epoch milliseconds), null for never: until then `tick` does nothing. */
  nextChangeAt(): number | null {
    return this.table.nextChangeAt();
  }

  /** Every launch and change of state, as it happens. Returns the way to stop listening. */
  onChange(listener: (change: InstanceChange) => void): () => void {
    return this.table.onChange(listener);
  }

  /** All instances that are still listed, in launch order. */
  get instances(): readonly SimInstance[] {
    this.tick();
    return this.table.all();
  }

  /** Makes all pending instances running now. */
  runAll(): void {
    this.table.hurry('pending', this.world().now);
  }

  /** Makes all instances that are shutting down terminated now. */
  finishTerminations(): void {
    this.table.hurry('shutting-down', this.world().now);
  }

  /** From now on DescribeInstances shows the first `count` of what it should, with status 200 and no token for the rest; null: all. */
  truncateAnswers(count: number | null): void {
    this.mostShown = count ?? Infinity;
  }

  /** What is left of an answer of DescribeInstances. */
  truncated<Item>(items: readonly Item[]): readonly Item[] {
    return items.length > this.mostShown ? items.slice(0, this.mostShown) : items;
  }

  /** A person (the default reason) or AWS (`Server.SpotInstanceTermination` ...) ends the instance, protected or not. */
  terminateByHand(id: string, reason: StateReason = USER_SHUTDOWN): void {
    const { now } = this.world();
    for (const instance of this.table.find([id])) this.table.shutDown(instance.id, reason, now);
  }

  /** EC2 says that it will take the instance at that time (epoch milliseconds), and does; null withdraws what it said. */
  notify(id: string, notice: Announcement | null): void {
    this.tick();
    this.table.notify(id, notice);
  }

  /** What the console of the instance shows from now on. */
  writeConsole(id: string, text: string): void {
    this.consoles.set(id, text);
  }

  /** Termination protection: TerminateInstances answers OperationNotPermitted. */
  protect(id: string, terminationProtected = true): void {
    this.table.protect(id, terminationProtected);
  }

  /** How many more instances of an offering can be had from now on, and the error code after that. */
  setCapacity(offering: Offering, free: number, code?: string): void {
    this.launcher.capacity.set(offering, free, code);
  }

  /** The next launches are refused as a whole; a token that has launched is answered with what it launched, as ever. */
  refuseLaunches(code: string, times = 1): void {
    this.refusals.push(...Array.from({ length: times }, () => code));
  }

  /** What was still to be refused is not. */
  allowLaunches(): void {
    this.refusals.length = 0;
  }

  private refuseIfTold(): void {
    const code = this.refusals.shift();
    if (code !== undefined) throw new Ec2Error(code, `The simulator was told to answer ${code}.`);
  }

  /** Spot prices that held at `from` and that came until `to`, oldest first. */
  spotPricesBetween(from: number, to: number): readonly SpotEntry[] {
    return this.launcher.spotMarket.between(from, to);
  }

  /** From now on the type costs so many USD an hour as spot in that zone. */
  setSpotPrice(type: string, zone: string, price: number): void {
    this.launcher.spotMarket.set({ type, zone, price, since: this.clock.now() });
  }

  /** vCPUs that the account may have of a capacity type, all types together. */
  setQuota(capacityType: CapacityType, vcpus: number): void {
    this.launcher.setQuota(capacityType, vcpus);
  }

  /** Infinity when it was never set. */
  quota(capacityType: CapacityType): number {
    return this.launcher.quota(capacityType);
  }

  freeAddresses(subnetId: string): number {
    return this.launcher.freeAddresses(subnetId);
  }

  now(): number {
    return this.clock.now();
  }

  private world(): LaunchWorld {
    this.tick();
    return { catalogue: this.catalogue, launcher: this.launcher, now: this.clock.now() };
  }
}
