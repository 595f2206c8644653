import type { Ec2Cloud } from '../../../simulator/ec2/ec2-cloud';
import { isAlive, type Instance } from '../../../webhook/model/observation';
import type { Notice } from '../../../webhook/model/notice';
import type { SpotPrice } from '../../../webhook/model/price';
import type { Ec2Port, FleetAnswer, FleetRequest } from '../../../webhook/ports';

/** What a region knows and does not show yet. */
export class Region {
  readonly endedAt = new Map<string, number>();

  constructor(
    private readonly cloud: Ec2Cloud,
    /** Milliseconds. */
    readonly lag: number,
  ) {
    cloud.onChange(({ at, instance }) => {
      if (instance.state === 'shutting-down') this.endedAt.set(instance.id, at);
    });
  }

  now(): number {
    return this.cloud.now();
  }
}

/** EC2 as it answers: what has happened lately is not shown yet, neither a launch nor an end. */
export class LateEc2 implements Ec2Port {
  constructor(
    private readonly ec2: Ec2Port,
    private readonly region: Region,
  ) {}

  async listInstances(cluster: string): Promise<readonly Instance[]> {
    return this.asShown(await this.ec2.listInstances(cluster));
  }

  async describeInstances(ids: readonly string[]): Promise<readonly Instance[]> {
    return this.asShown(await this.ec2.describeInstances(ids));
  }

  notices(ids: readonly string[]): Promise<readonly Notice[]> {
    return this.ec2.notices(ids);
  }

  spotPrices(types: readonly string[], at: number): Promise<readonly SpotPrice[]> {
    return this.ec2.spotPrices(types, at);
  }

  consoleOutput(id: string): Promise<string | null> {
    return this.ec2.consoleOutput(id);
  }

  createFleet(request: FleetRequest, token: string): Promise<FleetAnswer> {
    return this.ec2.createFleet(request, token);
  }

  terminate(ids: readonly string[]): Promise<void> {
    return this.ec2.terminate(ids);
  }

  private asShown(instances: readonly Instance[]): readonly Instance[] {
    const { lag, endedAt: ends } = this.region;
    if (lag === 0) return instances;
    const now = this.region.now();
    return instances
      .filter(({ launchedAt }) => now - launchedAt >= lag)
      .map((it) => {
        const endedAt = ends.get(it.id);
        return !isAlive(it) && endedAt !== undefined && now - endedAt < lag ? { ...it, state: 'running' } : it;
      });
  }
}
