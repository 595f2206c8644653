import { isAlive, type Instance } from '../../../webhook/model/observation';
import type { Notice } from '../../../webhook/model/notice';
import type { Ec2Port, FleetAnswer, FleetRequest } from '../../../webhook/ports';
import type { FakeEc2 } from '../../fakes/fake-ec2';

/** EC2 as it answers: what has happened lately is not shown yet, neither a launch nor an end. */
export class LateEc2 implements Ec2Port {
  private readonly endedAt = new Map<string, number>();

  constructor(
    private readonly ec2: FakeEc2,
    /** Milliseconds. */
    private readonly lag: number,
  ) {
    ec2.cloud.onChange(({ at, instance }) => {
      if (instance.state === 'shutting-down') this.endedAt.set(instance.id, at);
    });
  }

  async listInstances(cluster: string): Promise<readonly Instance[]> {
    return this.asShown(await this.ec2.listInstances(cluster));
  }

  async describeInstances(ids: readonly string[]): Promise<readonly Instance[]> {
    return this.asShown(await this.ec2.describeInstances(ids));
  }

  notices(ids: readonly string[]): Promise<readonly Notice[]> {
    return this.ec2.notices(ids);
  }

  createFleet(request: FleetRequest, token: string): Promise<FleetAnswer> {
    return this.ec2.createFleet(request, token);
  }

  terminate(ids: readonly string[]): Promise<void> {
    return this.ec2.terminate(ids);
  }

  private asShown(instances: readonly Instance[]): readonly Instance[] {
    const { lag } = this;
    if (lag === 0) return instances;
    const now = this.ec2.cloud.now();
    return instances
      .filter(({ launchedAt }) => now - launchedAt >= lag)
      .map((it) => {
        const endedAt = this.endedAt.get(it.id);
        return !isAlive(it) && endedAt !== undefined && now - endedAt < lag ? { ...it, state: 'running' } : it;
      });
  }
}
