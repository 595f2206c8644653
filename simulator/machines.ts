import type { InstanceChange } from './ec2/ec2-types';
import type { MachineShape, MachineUse, MeterReading } from './exporters/node-meter';
import { NodeMeter } from './exporters/node-meter';
import { BASE_USE } from './workload/machine-use';

interface Machine {
  readonly shape: MachineShape;
  readonly meter: NodeMeter;
}

/** Every running instance as the machine it is: its counters begin with its boot and end with it. */
export class Machines {
  private readonly running = new Map<string, Machine>();

  constructor(private readonly shapeOf: (type: string) => MachineShape) {}

  /** What EC2 says happened. */
  observe({ at, instance }: InstanceChange): void {
    if (instance.state === 'running') this.boot(instance.id, instance.type, at);
    else this.running.delete(instance.id);
  }

  /** Shapes by instance id. */
  get shapes(): ReadonlyMap<string, MachineShape> {
    return new Map([...this.running].map(([id, { shape }]) => [id, shape]));
  }

  isRunning(instance: string): boolean {
    return this.running.has(instance);
  }

  use(instance: string, now: number, use: MachineUse): void {
    this.running.get(instance)?.meter.set(now, use);
  }

  /** null when it does not run. */
  read(instance: string, now: number): MeterReading | null {
    return this.running.get(instance)?.meter.read(now) ?? null;
  }

  private boot(id: string, type: string, at: number): void {
    const shape = this.shapeOf(type);
    const meter = new NodeMeter(at, shape);
    meter.set(at, BASE_USE);
    this.running.set(id, { shape, meter });
  }
}
